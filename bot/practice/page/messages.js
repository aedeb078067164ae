// One column of messages: a channel, or a thread.
import { announce, h, icon, isOurs, portrait, reconcile, unseen } from "./dom.js";
import { blank } from "./form.js";
import { renderBlocks } from "./blocks.js";
import { mrkdwn, spoken } from "./mrkdwn.js";
import { author, context, store } from "./store.js";
import { clock, day } from "./times.js";

const NEAR = 300;
const forms = new Map();

const formOf = (ts) => forms.get(ts) ?? forms.set(ts, blank()).get(ts);

function size(bytes) {
  return bytes < 1024 ? `${bytes} bytes` : bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function attached(file) {
  if (!isOurs(file.url)) return h("li", {}, file.name);
  const image = /^image\//.test(file.mimetype ?? "") ? h("img", { src: file.url, alt: file.name, className: "picture", loading: "lazy" }) : null;
  const note = h("span", { className: "note" }, [file.mimetype, file.size ? size(file.size) : ""].filter(Boolean).join(" · "));
  return h("li", {}, image, h("a", { href: file.url, download: file.name, className: "file" }, icon("file"), h("span", {}, h("span", { className: "file-name" }, file.name), note)));
}

function body(message, column) {
  const box = h("div", { className: "blocks" });
  const container = { channel: column.channel, ts: message.ts };
  if (message.blocks?.length) renderBlocks(box, message.blocks, context(container, formOf(message.ts), message.blocks, column.fail));
  else if (message.text) box.append(mrkdwn(message.text, store));
  return box;
}

function footer(message, column, who) {
  if (column.thread || message.ephemeral) return null;
  const count = message.reply_count ?? 0;
  const words = count ? `${count} ${count === 1 ? "reply" : "replies"}` : "Reply";
  const name = unseen(` ${count ? "to" : "in a thread to"} ${who.real_name || who.name}, ${clock(message.ts, store.me?.tz)}`);
  const open = () => column.open(message.ts);
  return h("button", { type: "button", className: count ? "replies" : "replies quiet-reply", "data-focus": `reply/${message.ts}`, onClick: open }, icon("reply"), words, name);
}

function drawn(message, column, follows) {
  const who = author(message);
  const time = clock(message.ts, store.me?.tz);
  const head = h("header", { className: follows ? "unseen" : "byline" },
    h("span", { className: "author" }, who.real_name || who.name), who.is_bot ? h("span", { className: "tag" }, "app") : null,
    h("time", { datetime: new Date(Number(message.ts) * 1000).toISOString() }, time));
  const private_ = message.ephemeral ? h("p", { className: "ephemeral-note" }, icon("eye"), "Only visible to you") : null;
  const edited = message.edited && !who.is_bot ? h("span", { className: "note" }, " (edited)") : null;
  const reactions = (message.reactions ?? []).map((reaction) => h("span", { className: "chip" }, mrkdwn(`:${reaction.name}:`, store), String(reaction.count ?? reaction.users?.length ?? 1)));
  return h("article", { className: `message${follows ? " follows" : ""}${message.ephemeral ? " ephemeral" : ""}`, "aria-label": `${who.real_name || who.name}, ${time}` },
    follows ? h("time", { className: "gutter", "aria-hidden": "true" }, time) : portrait(who),
    h("div", { className: "message-body" }, private_, head, body(message, column), edited,
      message.files?.length ? h("ul", { className: "files" }, message.files.map(attached)) : null,
      reactions.length ? h("div", { className: "reactions" }, reactions) : null, footer(message, column, who)));
}

function items(messages, column) {
  const list = [];
  let before = null;
  for (const [index, message] of messages.entries()) {
    const date = day(message.ts, store.me?.tz);
    if (!column.thread && (!before || date !== day(before.ts, store.me?.tz))) {
      list.push({ key: `day ${date}`, stamp: date, make: () => h("div", { className: "day", role: "separator", "aria-label": date }, h("span", {}, date)) });
      before = null;
    }
    const same = before && author(before).id === author(message).id && !before.ephemeral === !message.ephemeral;
    const follows = Boolean(same && Number(message.ts) - Number(before.ts) < NEAR && !before.reply_count);
    list.push({ key: `${message.ts} ${message.ephemeral ? "own" : ""}`, stamp: JSON.stringify([message, follows]), make: () => drawn(message, column, follows) });
    if (column.thread && index === 0 && messages.length > 1) {
      const words = `${messages.length - 1} ${messages.length === 2 ? "reply" : "replies"}`;
      list.push({ key: "count", stamp: words, make: () => h("div", { className: "day start", role: "separator", "aria-label": words }, h("span", {}, words)) });
    }
    before = column.thread && index === 0 ? null : message;
  }
  return list;
}

/**
 * Show `messages` in `node`. The column says {channel, thread, open(ts), fail(text), empty}; a fresh
 * channel starts at its newest message and a fresh thread at its first; later ones follow only a person who is at the end. New messages of others are announced.
 */
export function showMessages(node, messages, column) {
  const fresh = node.dataset.column !== `${column.channel} ${column.thread ?? ""}`;
  const atEnd = node.scrollHeight - node.scrollTop - node.clientHeight < 80;
  const known = new Set([...node.children].map((child) => child.dataset.key));
  if (fresh) node.replaceChildren();
  node.dataset.column = `${column.channel} ${column.thread ?? ""}`;
  const list = items(messages, column);
  if (!list.length) list.push({ key: "empty", stamp: column.empty, make: () => h("p", { className: "empty-room" }, column.empty) });
  reconcile(node, list);
  if (fresh && column.thread) node.scrollTop = 0;
  else if (fresh || atEnd) node.scrollTop = node.scrollHeight;
  if ((fresh || atEnd) && !column.thread && node.scrollHeight <= node.clientHeight) node.lastElementChild.scrollIntoView({ block: "nearest" });
  if (fresh) return;
  const latest = messages.filter((message) => !known.has(`${message.ts} ${message.ephemeral ? "own" : ""}`) && message.user !== store.id);
  for (const message of latest.slice(-1)) announce(`${author(message).real_name || author(message).name}: ${spoken(message.text, store).slice(0, 200)}`);
}
