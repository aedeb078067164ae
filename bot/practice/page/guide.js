// What helps a newcomer: a first hint with things to try, and how far the start has come.
import { h, icon, redraw, unseen } from "./dom.js";
import { isAppRoom, store } from "./store.js";

const TRIES = [
  { command: "/offboard", text: "/offboard @alice", powers: true },
  { command: "/onboard", text: "/onboard", powers: true },
  { command: "/access", text: "/access" },
  { command: "/who-has", text: "/who-has" },
];
const HR = "U002";

const dismissed = () => sessionStorage.getItem(`practice-guide-${store.id}`) === "done";

/** Whether the hint is put away for this person in this tab. */
export function putAway(on) {
  if (on) sessionStorage.setItem(`practice-guide-${store.id}`, "done");
  else sessionStorage.removeItem(`practice-guide-${store.id}`);
}

function tries(run, close) {
  const known = new Set((store.app?.commands ?? []).map((one) => one.command));
  const commands = TRIES.filter((one) => known.has(one.command) && (store.id === HR || !one.powers)).slice(0, 3)
    .map((one) => h("li", {}, h("button", { type: "button", className: "button try", onClick: () => run(one.text) }, h("code", {}, one.text))));
  const room = [...store.rooms.values()].find(isAppRoom);
  const links = [h("li", {}, h("a", { className: "button try", href: "#home" }, `${store.app.name}’s Home`))];
  if (room && store.id !== HR) links.unshift(h("li", {}, h("a", { className: "button try", href: `#channel=${room.id}`, onClick: close }, `Messages with ${store.app.name}`)));
  return [...commands, ...links];
}

function words() {
  const first = (store.me.real_name || store.me.name).split(" ")[0];
  const title = (store.me.title ?? "").replace(/^.(?![A-Z])/, (letter) => letter.toLowerCase());
  if (store.id !== HR) return [`You are ${first}${title ? `, ${title}` : ""}.`, h("span", {}, `When ${store.app.name} needs your yes or your hands, it writes to you in a direct message.`)];
  return [`You are ${first}, ${title.replace(/ hr\b/i, " HR")}.`,
    h("span", {}, "Alice leaves Lumen Works. Type ", h("code", {}, "/offboard @alice"), ` — or press the button on ${store.app.name}’s Home. Nothing here is real: you cannot break anything.`)];
}

/** Show the hint, or nothing when the person put it away. */
export function showGuide(node, { visible, run, close }) {
  const shown = Boolean(visible && !dismissed() && store.app?.connected);
  redraw(node, [shown, store.me, store.app, [...store.rooms.keys()]], () => shown && panel(run, close));
}

function panel(run, close) {
  const [headline, text] = words();
  return h("section", { className: "guide", "aria-label": "First steps" },
    h("div", { className: "guide-words" }, h("h2", {}, headline), h("p", {}, text)),
    h("ul", { className: "tries" }, tries(run, close)),
    h("button", { type: "button", className: "icon-button", onClick: close }, icon("close"), unseen("Close the first steps")));
}

/** Show how far the start has come, in words and as a bar; nothing once all is well. */
export function showStarting(node) {
  const ready = store.systems.filter((system) => system.state !== "starting").length;
  const all = store.systems.length;
  const connected = store.app?.connected;
  node.hidden = Boolean(connected && ready === all);
  if (node.hidden) return;
  const systems = all ? `${ready} of ${all} practice systems are up` : "";
  const headline = connected ? "Some practice systems are still starting." : `${store.app?.name ?? "Usher"} is still starting…`;
  const value = ready + (connected ? 1 : 0);
  node.replaceChildren(h("div", { className: "startup-words" }, h("strong", {}, headline), h("span", { className: "note" }, systems)),
    h("progress", { max: String(all + 1), value: String(value), "aria-label": headline }));
}
