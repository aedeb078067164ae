// The left side: who I am, where I can go, and how the practice systems are.
import { become } from "./api.js";
import { h, icon, portrait, reconcile, redraw, unseen } from "./dom.js";
import { sheet } from "./dialogs.js";
import { isAppRoom, roomName, say, store } from "./store.js";

const STATES = { starting: "still starting", ready: "ready", failed: "failed" };

const everyone = () => [...store.people.values()].filter((person) => !person.is_bot && !person.deleted);

function personLine(person, does, press, extra) {
  const here = person.id === store.id;
  const words = h("span", { className: "person-words" }, h("span", { className: "person-name" }, person.real_name || person.name), h("span", { className: "note" }, [person.title, here ? "that is you now" : ""].filter(Boolean).join(" · ")));
  return h("li", {}, h("button", { type: "button", className: "person", "aria-current": here ? "true" : undefined, onClick: press }, portrait(person), unseen(`${does} `), words), extra);
}

function switchPerson() {
  sheet("Who do you want to be?", (close) => [
    h("p", { className: "note" }, "Practice both sides: ask as one person, approve as another. Each browser tab can be somebody else."),
    h("ul", { className: "people" }, everyone().map((person) =>
      personLine(person, "Be", () => (person.id === store.id ? close() : become(person.id)),
        h("a", { className: "button quiet", href: `/?as=${encodeURIComponent(person.id)}`, target: "_blank", rel: "noopener" }, "New tab", unseen(` as ${person.real_name || person.name}`))))),
  ]);
}

function writeTo() {
  sheet("Write to", (close) => {
    const start = async (person) => {
      const answer = await say("im", { user: person.id });
      close();
      if (answer.ok) location.hash = `#channel=${answer.channel?.id ?? answer.channel}`;
    };
    const others = [...store.people.values()].filter((person) => person.id !== store.id && !person.deleted);
    return h("ul", { className: "people" }, others.map((person) => personLine(person, "Write to", () => start(person))));
  });
}

function place({ href, mark, name, current, unread }) {
  const badge = unread ? h("span", { className: "badge" }, String(unread), unseen(" unread")) : null;
  const make = () => h("li", {}, h("a", { href, className: unread ? "place unread" : "place", "aria-current": current ? "page" : undefined, "data-focus": href }, mark(), h("span", { className: "place-name" }, name), badge));
  return { key: href, stamp: JSON.stringify([String(name), current, unread, store.app.name]), make };
}

function group(title, rows, action) {
  const id = `places-${title.replace(/\s+/g, "-")}`;
  const list = document.getElementById(id);
  if (list) reconcile(list, rows);
  if (list || !(rows.length || action)) return null;
  const fresh = h("ul", { id });
  reconcile(fresh, rows);
  return h("section", { className: "places" }, h("div", { className: "places-head" }, h("h2", {}, title), action), fresh);
}

const writeButton = () => h("button", { type: "button", className: "icon-button", "data-focus": "write-to", onClick: writeTo }, icon("plus"), unseen("Write to somebody"));

function meButton() {
  const words = [h("span", { className: "note" }, "You are"), h("span", { className: "person-name" }, store.me.real_name || store.me.name), h("span", { className: "note" }, store.me.title ?? "")];
  return h("button", { type: "button", className: "person me", "data-focus": "whoami", onClick: switchPerson }, portrait(store.me), h("span", { className: "person-words" }, words), icon("swap"), unseen("Be somebody else"));
}

/** Draw the left side for the place the person is at; `here` is a channel id or "home". */
export function showSidebar(here) {
  const rooms = [...store.rooms.values()];
  const bot = store.people.get(store.app.bot_user_id) ?? { id: store.app.id, name: store.app.name, is_bot: true };
  const row = (room, mark, name = roomName(room)) =>
    place({ href: `#channel=${room.id}`, mark, name, current: here === room.id, unread: here === room.id && !document.hidden ? 0 : room.unread });
  const own = rooms.filter(isAppRoom).map((room) => row(room, () => portrait(bot, "small"), ["Messages", unseen(` with ${store.app.name}`)]));
  const open = rooms.filter((room) => !room.is_im).map((room) => row(room, () => icon(room.is_private ? "lock" : "room")));
  const direct = rooms.filter((room) => room.is_im && !isAppRoom(room)).map((room) => row(room, () => portrait(store.people.get(room.user), "small")));
  const groups = [
    group(store.app.name, [place({ href: "#home", mark: () => icon("home"), name: "Home", current: here === "home" }), ...own]),
    group("Channels", open),
    group("Direct messages", direct, writeButton()),
  ];
  document.getElementById("rooms").append(...groups.filter(Boolean));
  redraw(document.getElementById("whoami"), store.me, meButton);
  showSystems();
}

function showSystems() {
  const rows = () => store.systems.map((system) =>
    h("li", { className: `system ${system.state}` }, h("span", { className: "lamp", "aria-hidden": "true" }), h("span", { className: "place-name" }, system.name),
      h("span", { className: "system-state" }, STATES[system.state] ?? system.state), system.note ? h("span", { className: "note system-note" }, system.note) : null));
  const box = document.getElementById("systems");
  box.hidden = !store.systems.length;
  redraw(box, store.systems, () => [h("h2", {}, "Practice systems"), h("ul", {}, rows())]);
}
