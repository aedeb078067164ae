// The interactive elements of Block Kit as native, labelled controls.
import { h, icon, isOurs, unseen, uid } from "./dom.js";
import { plain, texted, anchor } from "./mrkdwn.js";
import { confirmed } from "./dialogs.js";
import { matching, personRow, picker, row } from "./picker.js";
import { read } from "./form.js";

const words = (object) => plain(object?.text ?? "");
const optionsOf = (element) => element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);

/** The control of one element. `name` are the attributes that name and describe it, `changed(entry, act)` tells what was entered. */
export function control(element, block, ctx, name, changed) {
  const draw = DRAW[element.type];
  if (!draw) return h("span", { className: "note" }, `(${element.type} cannot be shown here)`);
  const focus = { "data-focus": `${ctx.prefix}/${block.block_id}/${element.action_id}`, "data-again": `${ctx.prefix}/${element.action_id}/${element.value ?? ""}` };
  return draw(element, { block, ctx, changed, name: { ...name, ...focus, autofocus: element.focus_on_load || undefined } });
}

const where = (name) => ({ "data-focus": name["data-focus"], "data-again": name["data-again"] });

function button(element, { block, ctx, name }) {
  const kind = ["primary", "danger"].includes(element.style) ? element.style : "";
  const label = element.accessibility_label ? { "aria-label": element.accessibility_label } : {};
  const press = async () => {
    if (node.getAttribute("aria-busy") === "true" || !(await confirmed(element.confirm, ctx, element.style))) return;
    node.setAttribute("aria-busy", "true");
    await ctx.act(block, element, {}, node);
    node.removeAttribute("aria-busy");
  };
  const node = h("button", { type: "button", className: `button ${kind}`, "aria-describedby": name["aria-describedby"], ...where(name), ...label, onClick: press }, h("span", {}, words(element.text)));
  if (!element.url) return node;
  const link = anchor(element.url, words(element.text));
  link.className = `button ${kind}`;
  Object.assign(link.dataset, { focus: name["data-focus"], again: name["data-again"] });
  link.addEventListener("click", () => ctx.act(block, element, {}, null));
  return link;
}

function overflow(element, { block, ctx, name }) {
  const id = uid("menu");
  const items = element.options.map((option) => {
    const note = option.description ? h("span", { className: "note" }, words(option.description)) : null;
    return h("button", { type: "button", role: "menuitem", tabindex: "-1", onClick: () => choose(option) }, h("span", {}, words(option.text)), note);
  });
  const menu = h("div", { id, role: "menu", "aria-label": "More actions", className: "menu", hidden: true }, items);
  const opener = h("button", { type: "button", className: "icon-button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": id, ...where(name) }, icon("more"), unseen(name["aria-label"] || "More actions"));
  const open = (on) => {
    menu.hidden = !on;
    opener.setAttribute("aria-expanded", String(on));
    if (!on) return;
    menu.classList.toggle("rightwards", opener.getBoundingClientRect().right - menu.offsetWidth < box.closest(".blocks").getBoundingClientRect().left);
    items[0].focus();
    menu.scrollIntoView({ block: "nearest" });
  };
  const choose = async (option) => {
    open(false);
    opener.focus();
    if (option.url) window.open(anchor(option.url, "").href, "_blank", "noopener,noreferrer");
    if (await confirmed(element.confirm, ctx)) await ctx.act(block, element, { selected_option: option }, opener);
  };
  opener.addEventListener("click", () => open(menu.hidden));
  const box = h("div", { className: "overflow" }, opener, menu);
  box.addEventListener("focusout", (event) => box.contains(event.relatedTarget) || open(false));
  menu.addEventListener("keydown", (event) => {
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: (at + 1) % items.length, ArrowUp: (at - 1 + items.length) % items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) items[to].focus();
    else if (event.key === "Escape") {
      open(false);
      opener.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return box;
}

function choice(element, { block, ctx, changed, name }) {
  const options = optionsOf(element);
  const now = read(ctx.form, block, element).selected_option;
  const node = (option) => h("option", { value: String(options.indexOf(option)), selected: now?.value === option.value }, words(option.text));
  const groups = element.option_groups?.map((group) => h("optgroup", { label: words(group.label) }, group.options.map(node)));
  const note = h("p", { className: "note picked-note" });
  const tell = () => (note.textContent = words(options[Number(select.value)]?.description));
  const select = h("select", { ...name }, h("option", { value: "" }, words(element.placeholder) || "Choose…"), groups ?? options.map(node));
  select.addEventListener("change", () => {
    tell();
    changed({ selected_option: select.value === "" ? null : options[Number(select.value)] });
  });
  if (select.value !== "") tell();
  return h("div", { className: "select" }, select, note);
}

function typed(element, { block, ctx, changed, name }, fields) {
  const { find, many, least, wrap, unwrap } = fields;
  const entry = read(ctx.form, block, element);
  const keep = (rows) => changed(wrap(rows.map((option) => option.value)));
  return picker({ attributes: name, find, many, least, picked: unwrap(entry), changed: keep, placeholder: words(element.placeholder) || "Type to search…" });
}

const one = { many: false, wrap: ([option]) => ({ selected_option: option ?? null }), unwrap: (entry) => (entry.selected_option ? [row(entry.selected_option)] : []) };
const several = { many: true, wrap: (options) => ({ selected_options: options }), unwrap: (entry) => entry.selected_options.map((option) => row(option)) };

const external = (kind) => (element, given) =>
  typed(element, given, { ...kind, least: element.min_query_length ?? 3, find: (text) => given.ctx.suggest(given.block, element, text) });

function severalOf(element, given) {
  const rows = (element.option_groups ?? [{ options: element.options ?? [] }]).flatMap((group) => group.options.map((option) => row(option, words(group.label))));
  const find = async (text) => rows.filter((option) => `${option.label} ${option.note}`.toLowerCase().includes(text.trim().toLowerCase()));
  return typed(element, given, { ...several, find });
}

function persons(many) {
  return (element, given) => {
    const people = given.ctx.people;
    const rows = (ids) => ids.map((id) => people.get(id)).filter(Boolean).map(personRow);
    const find = async (text) => matching([...people.values()].filter((person) => !person.is_bot), text).map(personRow);
    if (many) return typed(element, given, { find, many, wrap: (list) => ({ selected_users: list.map((one) => one.id) }), unwrap: (entry) => rows(entry.selected_users) });
    return typed(element, given, { find, many, wrap: ([person]) => ({ selected_user: person?.id ?? null }), unwrap: (entry) => rows(entry.selected_user ? [entry.selected_user] : []) });
  };
}

function moment(type, field) {
  return (element, { block, ctx, changed, name }) =>
    h("input", { ...name, type, value: read(ctx.form, block, element)[field] ?? "", onChange: (event) => changed({ [field]: event.target.value || null }) });
}

function listed(type) {
  return (element, { block, ctx, changed, name }) => {
    const group = uid("choice");
    const single = type === "radio";
    const now = read(ctx.form, block, element);
    const held = new Set((single ? [now.selected_option] : now.selected_options).filter(Boolean).map((option) => option.value));
    const tell = (option, on) => {
      if (single) return changed({ selected_option: option });
      if (on) held.add(option.value);
      else held.delete(option.value);
      changed({ selected_options: element.options.filter((other) => held.has(other.value)) });
    };
    const boxes = element.options.map((option, index) => {
      const note = option.description ? uid("note") : undefined;
      const box = h("input", { type, name: group, checked: held.has(option.value), "aria-describedby": note, "aria-invalid": name["aria-invalid"], "data-focus": `${name["data-focus"]}/${index}`, "data-again": `${name["data-again"]}/${index}`, onChange: (event) => tell(option, event.target.checked) });
      return h("label", { className: "choice" }, box, h("span", {}, texted(option.text, ctx), note ? h("span", { id: note, className: "note" }, texted(option.description, ctx)) : null));
    });
    const { id, "aria-label": label, "aria-labelledby": labelled, "aria-describedby": described } = name;
    return h("div", { id, role: single ? "radiogroup" : "group", "aria-label": label, "aria-labelledby": labelled, "aria-describedby": described, className: "choices" }, boxes);
  };
}

function prose(type) {
  return (element, { block, ctx, changed, name }) => {
    const value = read(ctx.form, block, element).value ?? "";
    const when = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
    let timer = 0;
    const send = () => changed({ value: node.value || null }, true);
    const limits = { maxlength: element.max_length, placeholder: words(element.placeholder) || undefined, inputmode: type === "number" ? "decimal" : undefined };
    const node = h(element.multiline ? "textarea" : "input", { ...name, ...limits, type: element.multiline ? undefined : type, rows: element.multiline ? "4" : undefined, value });
    node.addEventListener("input", () => {
      changed({ value: node.value || null }, false);
      clearTimeout(timer);
      if (when.includes("on_character_entered")) timer = setTimeout(send, 300);
    });
    node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !element.multiline && !event.isComposing && when.includes("on_enter_pressed")) send();
    });
    return node;
  };
}

function files(element, { block, ctx, changed, name }) {
  const list = h("ul", { className: "chosen-files", "aria-live": "polite" });
  const draw = () => list.replaceChildren(...read(ctx.form, block, element).files.map((file) => h("li", {}, icon("file"), file.name)));
  const take = async (event) => {
    const chosen = [...event.target.files].slice(0, element.max_files ?? 10);
    list.replaceChildren(h("li", {}, "Uploading…"));
    const sent = await Promise.all(chosen.map((file) => ctx.upload(file)));
    changed({ files: sent.filter((answer) => answer.ok).map((answer) => answer.file) });
    draw();
    const failed = sent.find((answer) => !answer.ok);
    if (failed) list.append(h("li", { className: "error" }, failed.error));
  };
  draw();
  const accept = element.filetypes?.map((kind) => `.${kind}`).join(",");
  return h("div", {}, h("input", { ...name, type: "file", accept, multiple: (element.max_files ?? 10) > 1, onChange: take }), list);
}

/** A picture of a message; one from another machine is named and linked, never loaded by itself. */
export function picture(element, className) {
  const address = element.image_url ?? element.slack_file?.url;
  if (!isOurs(address)) return h("span", { className: "note" }, anchor(address ?? "", `Image: ${element.alt_text ?? ""}`));
  return h("img", { src: address, alt: element.alt_text ?? "", className, loading: "lazy" });
}

const DRAW = {
  button, overflow, image: (element) => picture(element, "thumb"), static_select: choice, external_select: external(one), multi_external_select: external(several),
  multi_static_select: severalOf, users_select: persons(false), multi_users_select: persons(true), datepicker: moment("date", "selected_date"), timepicker: moment("time", "selected_time"),
  radio_buttons: listed("radio"), checkboxes: listed("checkbox"), plain_text_input: prose("text"), email_text_input: prose("email"), url_text_input: prose("url"), number_input: prose("number"), file_input: files,
};
