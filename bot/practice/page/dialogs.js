// Questions the page itself asks, in native dialogs: they hold the focus, close with Esc and give the focus back.
import { giveBack, h, uid } from "./dom.js";
import { plain, texted } from "./mrkdwn.js";

/** Whether the person says yes to an element's `confirm`; without one the answer is yes. */
export function confirmed(confirm, ctx, style) {
  if (!confirm) return Promise.resolve(true);
  const opener = document.activeElement;
  const danger = (confirm.style ?? style) === "danger";
  return new Promise((settle) => {
    const titleId = uid("confirm");
    const textId = uid("confirm-text");
    const no = h("button", { type: "button", className: "button", onClick: () => close(false) }, plain(confirm.deny?.text) || "Cancel");
    const yes = h("button", { type: "button", className: `button ${danger ? "danger" : "primary"}`, onClick: () => close(true) }, plain(confirm.confirm?.text) || "Yes");
    const box = h("dialog", { role: "alertdialog", className: "dialog small", "aria-labelledby": titleId, "aria-describedby": textId },
      h("div", { className: "dialog-head" }, h("h2", { id: titleId }, plain(confirm.title?.text) || "Are you sure?")),
      h("div", { className: "dialog-body", id: textId }, texted(confirm.text, ctx)),
      h("div", { className: "dialog-foot" }, no, yes));
    const close = (answer) => {
      box.close();
      box.remove();
      giveBack(opener);
      settle(answer);
    };
    box.addEventListener("cancel", (event) => {
      event.preventDefault();
      close(false);
    });
    document.body.append(box);
    box.showModal();
    (danger ? no : yes).focus();
  });
}

/** A dialog with free content, such as the list of people; `fill(close)` answers its nodes. */
export function sheet(title, fill) {
  const id = uid("sheet");
  const opener = document.activeElement;
  const box = h("dialog", { className: "dialog", "aria-labelledby": id });
  const close = () => box.close();
  box.append(
    h("div", { className: "dialog-head" }, h("h2", { id }, title), h("button", { type: "button", className: "button quiet", onClick: close }, "Close")),
    h("div", { className: "dialog-body" }, fill(close)));
  box.addEventListener("close", () => {
    box.remove();
    giveBack(opener);
  });
  document.body.append(box);
  box.showModal();
}
