// Block Kit blocks as plain, labelled HTML.
import { h, reconcile, uid } from "./dom.js";
import { collect, write } from "./form.js";
import { control, picture } from "./elements.js";
import { confirmed } from "./dialogs.js";
import { mrkdwn, plain, spoken, texted } from "./mrkdwn.js";

const NAMES = { datepicker: "Date", timepicker: "Time", radio_buttons: "Choices", checkboxes: "Choices" };
const GROUPS = new Set(["radio_buttons", "checkboxes"]);

/**
 * Draw `blocks` into `parent`, keeping every block that did not change. The context carries: prefix (a stable name for the
 * surface), form, errors (block id to text), people, rooms, me, act, suggest and upload.
 */
export function renderBlocks(parent, blocks, ctx) {
  const items = (blocks ?? []).map((block, index) => ({
    key: block.block_id ?? String(index),
    stamp: JSON.stringify([block, ctx.errors?.[block.block_id]]),
    make: () => (BLOCKS[block.type] ?? unknown)(block, ctx),
  }));
  reconcile(parent, items);
}

/** The values of everything a person can enter in this surface, as an action or a submission carries them. */
export const stateOf = (ctx, blocks) => ({ values: collect(ctx.form, blocks) });

const unknown = (block) => h("p", { className: "note" }, `(a block of the kind “${block.type}” cannot be shown here)`);

function acting(block, element, ctx, always) {
  return async (entry, wanted = true) => {
    write(ctx.form, block, element, entry);
    if (!wanted || !(always || block.dispatch_action)) return;
    const asked = element.type === "button" ? null : element.confirm;
    if (await confirmed(asked, ctx)) await ctx.act(block, element, entry);
  };
}

function part(element, block, ctx, fallback, about) {
  const name = { "aria-describedby": about, "aria-label": plain(element.placeholder?.text) || fallback || NAMES[element.type] || "Choose" };
  if (element.type === "overflow") name["aria-label"] = fallback ? `More about ${fallback}` : "More actions";
  return control(element, block, ctx, name, acting(block, element, ctx, true));
}

function section(block, ctx) {
  const words = spoken(block.text?.text ?? "", ctx).slice(0, 80);
  const fields = (block.fields ?? []).map((field) => h("div", { className: "cell" }, texted(field, ctx)));
  const about = uid("about");
  return h("div", { className: "block section" },
    h("div", { id: about, className: "section-words" }, block.text ? texted(block.text, ctx) : null, fields.length ? h("div", { className: "cells" }, fields) : null),
    block.accessory ? h("div", { className: "accessory" }, part(block.accessory, block, ctx, words, about)) : null);
}

function context(block, ctx) {
  return h("div", { className: "block context" }, block.elements.map((item) => (item.type === "image" ? picture(item, "tiny") : texted(item, ctx))));
}

function actions(block, ctx) {
  return h("div", { className: "block actions" }, block.elements.map((element) => part(element, block, ctx, "")));
}

function image(block) {
  return h("figure", { className: "block" }, block.title ? h("figcaption", { className: "note" }, plain(block.title.text)) : null, picture(block, "picture"));
}

function input(block, ctx) {
  const { element } = block;
  const ids = { control: uid("field"), label: uid("label"), hint: uid("hint"), error: uid("error") };
  const problem = ctx.errors?.[block.block_id];
  const described = [problem && ids.error, block.hint && ids.hint].filter(Boolean).join(" ") || undefined;
  const grouped = GROUPS.has(element.type);
  const naming = grouped ? { "aria-labelledby": ids.label } : { id: ids.control };
  const required = !block.optional && !grouped && element.type !== "file_input" ? "true" : undefined;
  const name = { ...naming, "aria-describedby": described, "aria-invalid": problem ? "true" : undefined, "aria-required": required };
  const send = acting(block, element, ctx, false);
  const changed = (entry, wanted) => {
    forgive(box, block, ctx);
    return send(entry, wanted);
  };
  const words = [plain(block.label?.text), block.optional ? h("span", { className: "note" }, " (optional)") : null];
  const label = grouped ? h("span", { id: ids.label, className: "label" }, words) : h("label", { id: ids.label, htmlFor: ids.control, className: "label" }, words);
  const box = h("div", { className: problem ? "block field wrong" : "block field" }, label, control(element, block, ctx, name, changed),
    problem ? h("p", { id: ids.error, className: "error" }, problem) : null,
    block.hint ? h("p", { id: ids.hint, className: "note" }, plain(block.hint.text)) : null);
  return box;
}

function forgive(box, block, ctx) {
  if (!ctx.errors?.[block.block_id]) return;
  delete ctx.errors[block.block_id];
  box.classList.remove("wrong");
  box.querySelector(".error")?.remove();
  for (const node of box.querySelectorAll("[aria-invalid]")) node.removeAttribute("aria-invalid");
}

const BLOCKS = {
  section,
  context,
  actions,
  image,
  input,
  header: (block) => h("h3", { className: "block header" }, plain(block.text.text)),
  divider: () => h("hr", { className: "block" }),
  markdown: (block, ctx) => h("div", { className: "block" }, mrkdwn(block.text, ctx)),
};
