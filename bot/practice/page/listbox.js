// The list of suggestions under a text field: the one keyboard and screen reader behaviour all our autocompletes share.
import { h, portrait, uid, announce } from "./dom.js";

/**
 * A listbox driven by `input`, which keeps the focus. Options are {label, note, person, value, group}; `choose` gets the
 * chosen one. While it is open the field is a combobox that names its active option.
 */
export function listbox(input, { label, choose, combobox = true }) {
  const id = uid("options");
  const node = h("ul", { id, role: "listbox", "aria-label": label, className: "listbox", hidden: true, onMousedown: (event) => event.preventDefault() });
  let options = [];
  let active = -1;

  const mark = (index) => {
    active = index;
    for (const [at, row] of rows().entries()) row.setAttribute("aria-selected", String(at === index));
    const row = rows()[index];
    if (!row) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", row.id);
    row.scrollIntoView({ block: "nearest" });
  };
  const rows = () => [...node.querySelectorAll("[role=option]")];

  const hide = () => {
    if (node.hidden) return;
    node.hidden = true;
    options = [];
    input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-expanded", "false");
    if (combobox) return;
    for (const name of ["role", "aria-expanded", "aria-controls"]) input.removeAttribute(name);
  };
  const take = (index) => {
    const option = options[index];
    hide();
    if (option) choose(option);
  };
  const show = (found, { first = true, empty = "Nothing found" } = {}) => {
    options = found;
    node.replaceChildren(...draw(found, take));
    if (!found.length) node.append(h("li", { role: "presentation", className: "nothing" }, empty));
    node.hidden = false;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", id);
    mark(first && found.length ? 0 : -1);
    announce(found.length ? `${found.length} ${found.length === 1 ? "suggestion" : "suggestions"}` : empty);
    node.scrollIntoView?.({ block: "nearest" });
  };
  const pressed = (event) => {
    if (node.hidden || event.isComposing) return false;
    if (event.key === "ArrowDown") mark((active + 1) % Math.max(options.length, 1));
    else if (event.key === "ArrowUp") mark((active - 1 + options.length) % Math.max(options.length, 1));
    else if (event.key === "Escape") hide();
    else if ((event.key === "Enter" || event.key === "Tab") && active >= 0) take(active);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { node, show, hide, pressed, isOpen: () => !node.hidden };
}

function draw(options, take) {
  const list = [];
  let group;
  for (const [index, option] of options.entries()) {
    if (option.group && option.group !== group) list.push(h("li", { role: "presentation", className: "group" }, option.group));
    group = option.group;
    list.push(
      h("li", { id: uid("option"), role: "option", "aria-selected": "false", onClick: () => take(index) },
        option.person ? portrait(option.person, "small") : null,
        h("span", { className: "option-words" }, h("span", { className: "option-label" }, option.label), option.note ? h("span", { className: "note" }, option.note) : null)),
    );
  }
  return list;
}
