// Where a person writes: slash commands and mentions complete themselves, failures stay visible next to what was typed.
import { h, icon, uid, unseen } from "./dom.js";
import { listbox } from "./listbox.js";
import { matching, personRow } from "./picker.js";
import { store } from "./store.js";

const MENTION = /(^|\s)@([\w.-]*)$/;
const COMMAND = /^\/(\S*)$/;

/**
 * A composer. `send(text, files)` answers {ok, error}; `upload(file)` answers {ok, file}; `shortcut(id)` runs one of the app's
 * shortcuts, which are proposed beside the commands where those can be used. `move(place, words)` takes it to another conversation: each keeps its own unsent text.
 */
export function createComposer({ label, send, upload, shortcut, commands = true }) {
  const field = uid("write");
  const alert = h("div", { className: "composer-alert", role: "alert" });
  const chips = h("ul", { className: "chips" });
  const text = h("textarea", { id: field, rows: "1", "aria-label": label, placeholder: label, "aria-autocomplete": "list", autocomplete: "off", "data-focus": field });
  const picker = h("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-label": "Files to attach", onChange: () => attach([...picker.files]) });
  let files = [];
  let busy = false;

  const before = () => text.value.slice(0, text.selectionStart);
  const replace = (pattern, words) => {
    const head = before().replace(pattern, words);
    text.value = head + text.value.slice(text.selectionStart);
    text.setSelectionRange(head.length, head.length);
    grow();
    suggest();
  };
  const list = listbox(text, { label: "Suggestions", combobox: false, choose: (option) => option.value() });

  const suggest = () => {
    const command = commands && COMMAND.exec(before());
    const mention = MENTION.exec(before());
    if (command) return propose([...commandRows(command[1]), ...shortcutRows(command[1])], command[1]);
    if (mention) return propose(mentionRows(mention[2]), mention[2]);
    list.hide();
  };
  const propose = (rows, typed) => (rows.length && !(rows.length === 1 && rows[0].exact === typed) ? list.show(rows) : list.hide());
  const commandRows = (typed) =>
    (store.app?.commands ?? []).filter((one) => one.command.slice(1).startsWith(typed.toLowerCase())).map((one) => (
      { label: [one.command, one.usage_hint].filter(Boolean).join(" "), note: one.description, exact: one.usage_hint ? null : one.command.slice(1), value: () => replace(COMMAND, `${one.command} `) }));
  const shortcutRows = (typed) =>
    (store.app?.shortcuts ?? []).filter((one) => one.name.toLowerCase().includes(typed.toLowerCase())).map((one) => ({ label: one.name, note: "Shortcut", value: () => run(one.callback_id) }));
  const run = async (id) => {
    text.value = "";
    const answer = await shortcut(id);
    fail(answer.ok ? "" : answer.error);
  };
  const mentionRows = (typed) => {
    const people = [...store.people.values()];
    return matching(people, typed).slice(0, 8).map((person) => ({ ...personRow(person), exact: person.name, value: () => replace(MENTION, `$1@${person.name} `) }));
  };

  const grow = () => {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, 180)}px`;
  };
  const fail = (words) => {
    const hide = h("button", { type: "button", className: "icon-button", onClick: () => fail("") || text.focus() }, icon("close"), unseen("Dismiss"));
    alert.replaceChildren(...(words ? [h("span", {}, words), hide] : []));
  };
  const draw = () => chips.replaceChildren(...files.map((file) => h("li", { className: "chip" }, icon("file"), file.name, h("button", { type: "button", className: "icon-button", onClick: () => drop(file) }, icon("close"), unseen(`Remove ${file.name}`)))));
  const drop = (file) => {
    files = files.filter((other) => other !== file);
    draw();
    text.focus();
  };
  const attach = async (chosen) => {
    for (const file of chosen) {
      const answer = await upload(file);
      if (answer.ok) files.push(answer.file);
      else fail(answer.error);
    }
    picker.value = "";
    draw();
    text.focus();
  };
  const submit = async () => {
    const words = text.value.trim();
    if (busy || (!words && !files.length)) return;
    busy = true;
    box.setAttribute("aria-busy", "true");
    list.hide();
    fail("");
    text.value = "";
    grow();
    const asked = place;
    const answer = await send(words, files);
    busy = false;
    box.removeAttribute("aria-busy");
    if (answer.ok) {
      files = [];
      return draw();
    }
    if (asked !== place) drafts.set(asked, words);
    else if (!text.value) text.value = words;
    grow();
    fail(answer.error);
  };

  text.addEventListener("input", () => {
    grow();
    suggest();
  });
  text.addEventListener("blur", () => list.hide());
  text.addEventListener("keydown", (event) => {
    if (list.pressed(event) || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  const box = h("div", { className: "composer" }, alert, h("div", { className: "composer-popup" }, list.node), chips,
    h("div", { className: "composer-row" },
      h("button", { type: "button", className: "icon-button", onClick: () => picker.click() }, icon("attach"), unseen("Attach files")), picker, text,
      h("button", { type: "button", className: "icon-button send", onClick: submit }, icon("send"), unseen("Send"))));

  const write = (words, now) => {
    text.value = words;
    text.focus();
    grow();
    if (now) submit();
  };
  const drafts = new Map();
  let place = null;
  const move = (to, words) => {
    text.setAttribute("aria-label", words);
    text.placeholder = words;
    if (to === place) return;
    drafts.set(place, text.value);
    place = to;
    text.value = drafts.get(to) ?? "";
    list.hide();
    fail("");
    grow();
  };
  return { node: box, focus: () => text.focus(), write, fail, move };
}
