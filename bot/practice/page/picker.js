// Choosing by typing: external_select, users_select and every kind of multiple choice.
import { h, icon, unseen, announce } from "./dom.js";
import { listbox } from "./listbox.js";
import { plain } from "./mrkdwn.js";

const PAUSE = 180;

/** An option of Block Kit as a row of a listbox. */
export const row = (option, group) => ({ label: plain(option.text?.text), note: plain(option.description?.text), value: option, group });

/** A person as a row of a listbox; the title tells two similar names apart. */
export const personRow = (person) => ({ label: person.real_name || person.name, note: `@${person.name}${person.title ? ` · ${person.title}` : ""}`, person, value: person });

/** The people that match what was typed, by name, handle or title; the best matches first. */
export function matching(people, typed) {
  const wanted = typed.trim().toLowerCase();
  const score = (person) => {
    const words = `${person.name} ${person.real_name ?? ""}`.toLowerCase();
    if (words.split(/\s+/).some((word) => word.startsWith(wanted)) || words.includes(` ${wanted}`)) return 2;
    return words.includes(wanted) || (person.title ?? "").toLowerCase().includes(wanted) ? 1 : 0;
  };
  return [...people].filter((person) => !person.deleted && score(person)).sort((a, b) => score(b) - score(a));
}

/**
 * A text field that proposes rows. `find(typed)` answers a promise of rows; `picked` is the list of chosen rows and `changed`
 * gets the new one. With `many`, chosen rows become removable chips.
 */
export function picker({ attributes, find, picked, many, changed, placeholder, least = 0 }) {
  const input = h("input", { type: "text", autocomplete: "off", spellcheck: "false", "aria-autocomplete": "list", "aria-expanded": "false", role: "combobox", placeholder, ...attributes });
  const chips = h("ul", { className: "chips" });
  const note = h("p", { className: "note picked-note" });
  const clear = h("button", { type: "button", className: "icon-button clear", onClick: () => pick([]) }, icon("close"), unseen("Clear the choice"));
  let chosen = picked;
  let asked = 0;
  let timer = 0;

  const list = listbox(input, { label: attributes["aria-label"] ?? "Suggestions", choose: (option) => pick(many ? [...chosen, option] : [option]) });
  const pick = (next) => {
    chosen = next;
    draw();
    changed(chosen);
    if (!chosen.length || many) input.focus();
  };
  const draw = () => {
    input.value = many ? "" : (chosen[0]?.label ?? "");
    note.textContent = many ? "" : (chosen[0]?.note ?? "");
    clear.hidden = many || !chosen.length;
    chips.replaceChildren(...(many ? chosen.map((option) => chip(option, () => pick(chosen.filter((other) => other !== option)))) : []));
  };
  const search = async (typed) => {
    const turn = ++asked;
    if (typed.length < least) return list.show([], { empty: `Type at least ${least} ${least === 1 ? "letter" : "letters"}` });
    const rows = await find(typed);
    if (turn !== asked || document.activeElement !== input) return;
    const known = new Set(chosen.map((option) => option.label));
    list.show(many ? rows.filter((option) => !known.has(option.label)) : rows);
  };
  const soon = (typed) => {
    clearTimeout(timer);
    timer = setTimeout(() => search(typed), PAUSE);
  };
  input.addEventListener("input", () => (input.value || many || !chosen.length ? soon(input.value) : pick([])));
  input.addEventListener("click", () => list.isOpen() || search(many || chosen.length ? "" : input.value));
  input.addEventListener("blur", () => {
    clearTimeout(timer);
    asked += 1;
    list.hide();
    draw();
  });
  input.addEventListener("keydown", (event) => {
    if (list.pressed(event)) return;
    if (event.key === "ArrowDown") {
      event.preventDefault();
      search(many || chosen.length ? "" : input.value);
    } else if (event.key === "Backspace" && many && !input.value && chosen.length) pick(chosen.slice(0, -1));
  });
  draw();
  return h("div", { className: many ? "picker many" : "picker" }, chips, h("div", { className: "picker-field" }, input, clear), list.node, note);
}

function chip(option, remove) {
  const gone = () => {
    remove();
    announce(`${option.label} removed`);
  };
  return h("li", { className: "chip" }, option.label, h("button", { type: "button", className: "icon-button", onClick: gone }, icon("close"), unseen(`Remove ${option.label}`)));
}
