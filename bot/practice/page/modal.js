// Modals: a stack of views in one native dialog. The top one is shown; what was entered in the others is kept.
import { announce, giveBack, h, icon, uid, unseen } from "./dom.js";
import { blank } from "./form.js";
import { renderBlocks, stateOf } from "./blocks.js";
import { plain } from "./mrkdwn.js";

/** The modals of this page. `context(view, entry)` makes what blocks need; `post` speaks to the workspace; `home()` says where the focus goes last. */
export function createModals({ context, post, home }) {
  const stack = [];
  let opener = null;
  const title = h("h2", { id: uid("modal-title"), tabindex: "-1" });
  const body = h("div", { className: "dialog-body blocks" });
  const alert = h("p", { className: "error dialog-error", role: "alert" });
  const closeButton = h("button", { type: "button", className: "button", onClick: () => dismiss() });
  const submitButton = h("button", { type: "button", className: "button primary", onClick: () => submit() });
  const cross = h("button", { type: "button", className: "icon-button", onClick: () => dismiss() }, icon("close"), unseen("Close this window"));
  const box = h("dialog", { id: "modal", className: "dialog", "aria-labelledby": title.id },
    h("div", { className: "dialog-head" }, title, cross), body, h("div", { className: "dialog-foot" }, alert, closeButton, submitButton));
  box.addEventListener("cancel", (event) => {
    event.preventDefault();
    dismiss();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
  });
  document.body.append(box);

  const top = () => stack[stack.length - 1];
  const find = (id) => stack.findIndex((entry) => entry.view.id === id);

  const draw = () => {
    const { view, form, errors, busy } = top();
    const ctx = context(view, top());
    title.textContent = plain(view.title?.text);
    closeButton.textContent = plain(view.close?.text) || "Cancel";
    const submits = view.submit || view.blocks.some((block) => block.type === "input");
    submitButton.hidden = !submits;
    submitButton.textContent = busy ? "Sending…" : plain(view.submit?.text) || "Submit";
    submitButton.setAttribute("aria-disabled", String(Boolean(busy)));
    box.setAttribute("aria-busy", String(Boolean(busy)));
    renderBlocks(body, view.blocks, { ...ctx, form, errors });
  };
  const settle = () => {
    const wanted = body.querySelector("[autofocus]") ?? body.querySelector("input, textarea, select") ?? title;
    wanted.focus();
    body.scrollTop = 0;
  };
  const show = () => {
    alert.textContent = "";
    if (!box.open) {
      opener = document.activeElement;
      box.showModal();
    }
    body.replaceChildren();
    draw();
    settle();
  };
  const leave = () => {
    box.close();
    body.replaceChildren();
    giveBack(opener, home);
  };

  const open = (view) => {
    if (find(view.id) >= 0) return update(view);
    const stacked = stack.some((entry) => entry.view.id === view.previous_view_id || entry.view.id === view.root_view_id);
    if (!stacked) stack.length = 0;
    stack.push({ view, form: blank(), errors: {} });
    show();
  };
  const update = (view) => {
    const at = find(view.id);
    if (at < 0) return;
    const entry = stack[at];
    if (parseFloat(view.hash) < parseFloat(entry.view.hash)) return; // an answer that a newer event overtook
    const sameKind = entry.view.callback_id === view.callback_id;
    Object.assign(entry, { view, errors: sameKind ? entry.errors : {}, busy: false });
    if (entry !== top()) return;
    alert.textContent = "";
    const waiting = !body.contains(document.activeElement) && (document.activeElement === title || !box.contains(document.activeElement));
    draw();
    if (!box.querySelector(":focus") || waiting) settle();
  };
  const drop = (id) => {
    const at = find(id);
    if (at < 0) return;
    stack.splice(at, 1);
    if (!stack.length) leave();
    else if (at === stack.length) show();
  };
  const dismiss = () => {
    const { view } = top();
    drop(view.id);
    post("close", { view_id: view.id });
  };
  const refuse = (entry, errors) => {
    const known = new Set(entry.view.blocks.filter((block) => block.type === "input").map((block) => block.block_id));
    entry.errors = { ...errors };
    draw();
    alert.textContent = Object.entries(errors).filter(([id]) => !known.has(id)).map(([, text]) => text).join(" ");
    const count = Object.keys(errors).length;
    announce(count === 1 ? "One field needs attention" : `${count} fields need attention`);
    const wrong = body.querySelector("[aria-invalid=true]") ?? body.querySelector(".wrong input, .wrong button");
    wrong?.focus();
    wrong?.closest(".field")?.scrollIntoView({ block: "center" });
  };
  const submit = async () => {
    const entry = top();
    if (entry.busy || submitButton.hidden) return;
    Object.assign(entry, { busy: true, errors: {} });
    alert.textContent = "";
    draw();
    const answer = await post("submit", { view_id: entry.view.id, state: stateOf({ form: entry.form }, entry.view.blocks) });
    entry.busy = false;
    if (find(entry.view.id) < 0) return;
    if (entry === top()) draw();
    if (!answer.ok) alert.textContent = answer.error;
    else if (answer.errors) refuse(entry, answer.errors);
    else if (!answer.view) drop(entry.view.id);
    else if (find(answer.view.id) >= 0) update(answer.view);
    else push(answer.view, entry);
  };
  const push = (view, entry) => {
    if (!view.previous_view_id) view.previous_view_id = entry.view.id;
    open(view);
  };
  const fail = (text) => (alert.textContent = text);
  return { open, update, drop, fail, isOpen: () => box.open };
}
