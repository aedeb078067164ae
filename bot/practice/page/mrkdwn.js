// The text of messages: a small, safe subset of the chat platform's markup, built as nodes.
import { h } from "./dom.js";
import { written } from "./times.js";

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", hourglass: "⌛", hourglass_flowing_sand: "⏳", lock: "🔒", unlock: "🔓",
  key: "🔑", wave: "👋", tada: "🎉", bell: "🔔", eyes: "👀", "+1": "👍", thumbsup: "👍", "-1": "👎", rotating_light: "🚨", link: "🔗", calendar: "📅",
  page_facing_up: "📄", memo: "📝", no_entry: "⛔", stop_button: "⏹️", arrow_right: "➡️", information_source: "ℹ️", question: "❓", clock3: "🕒",
  large_green_circle: "🟢", large_yellow_circle: "🟡", red_circle: "🔴", white_circle: "⚪", shield: "🛡️", robot_face: "🤖", bust_in_silhouette: "👤",
  busts_in_silhouette: "👥", mag: "🔍", house: "🏠", seedling: "🌱", raised_hand: "✋", pray: "🙏", smile: "😄", slightly_smiling_face: "🙂", heart: "❤️",
};
const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const MARKS = { "*": "strong", _: "em", "~": "s" };
const TOKEN = /`([^`\n]+)`|<([@#!][^<>\n]+|(?:https?|mailto):[^<>\n]+)>|(?<![\w*~`])([*_~])(?=\S)((?:(?!\3).)+?)(?<=\S)\3(?![\w])|:([a-z0-9_+-]+):|(https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)])/g;

const decode = (text) => text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);

/** A message's own time, also from the form it has in links: p1700000000000100. */
export const stampOf = (text) => text.replace(/^p(\d+)(\d{6})$/, "$1.$2");

/** Where in this page an address of our own leads: a place after #, or a link to a message; nothing for other addresses. */
export function placeOf(url) {
  if (url.origin !== location.origin) return "";
  const [, room, ts] = /^\/archives\/(\w+)\/(p\d+)$/.exec(url.pathname) ?? [];
  if (room) return `#channel=${room}&thread=${url.searchParams.get("thread_ts") ?? stampOf(ts)}`;
  return url.pathname === location.pathname ? url.hash : "";
}

/** Only web addresses become links; anything else stays text. */
export function anchor(address, label) {
  const url = URL.parse(address, location.href);
  if (!/^https?:\/\//i.test(address) || url === null) return h("span", {}, label);
  if (placeOf(url)) return h("a", { href: placeOf(url) }, label);
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, label);
}

function reference(body, ctx) {
  const [target, label] = body.split(/\|(.*)/s);
  if (target.startsWith("@")) {
    const person = ctx.people?.get(target.slice(1));
    const name = person?.real_name || person?.name || label || target.slice(1);
    const mine = target.slice(1) === ctx.me?.id;
    return h("span", { className: mine ? "mention mine" : "mention", title: person?.title || undefined }, `@${name}`);
  }
  if (target.startsWith("#")) {
    const room = ctx.rooms?.get(target.slice(1));
    const name = `#${room?.name || label || target.slice(1)}`;
    return room ? h("a", { href: `#channel=${room.id}`, className: "mention" }, name) : h("span", { className: "mention" }, name);
  }
  if (target.startsWith("!date^")) {
    const [, ts, pattern] = target.split("^");
    return h("time", { datetime: new Date(Number(ts) * 1000 || 0).toISOString() }, written(ts, pattern ?? "{date}", label ?? "", ctx.me?.tz));
  }
  if (target.startsWith("!")) return h("span", { className: "mention" }, label || `@${target.slice(1).split("^")[0]}`);
  return anchor(decode(target), decode(label ?? target));
}

/** One line of marked-up text as nodes. */
export function inline(text, ctx) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, code, angled, mark, marked, emoji, bare] = match;
    if (emoji && !EMOJI[emoji]) continue;
    nodes.push(decode(text.slice(from, match.index)));
    from = match.index + whole.length;
    if (code) nodes.push(h("code", {}, decode(code)));
    else if (angled) nodes.push(reference(angled, ctx));
    else if (mark) nodes.push(h(MARKS[mark], {}, inline(marked, ctx)));
    else if (emoji) nodes.push(EMOJI[emoji]);
    else nodes.push(anchor(decode(bare), decode(bare)));
  }
  nodes.push(decode(text.slice(from)));
  return nodes.filter((node) => node !== "");
}

function line(text, ctx) {
  const item = /^\s*(?:•|◦|▪|-|\d+[.)])\s+/.exec(text);
  if (!text.trim()) return h("span", { className: "line empty" });
  if (!item) return h("span", { className: "line" }, inline(text, ctx));
  return h("span", { className: "line item" }, h("span", { className: "bullet" }, item[0].trim()), h("span", {}, inline(text.slice(item[0].length), ctx)));
}

/** Marked-up text (`mrkdwn`) as a span of lines, quotes and pre-formatted parts. */
export function mrkdwn(text, ctx) {
  const box = h("span", { className: "text" });
  for (const [index, part] of String(text ?? "").split("```").entries()) {
    if (index % 2) {
      box.append(h("pre", { tabindex: "0" }, decode(part.replace(/^\n|\n$/g, ""))));
      continue;
    }
    if (!part.trim()) continue;
    for (const row of part.replace(/^\n|\n$/g, "").split("\n")) {
      const quoted = /^(?:>|&gt;)\s?(.*)$/.exec(row);
      if (!quoted) box.append(line(row, ctx));
      else if (box.lastElementChild?.tagName === "BLOCKQUOTE") box.lastElementChild.append(line(quoted[1], ctx));
      else box.append(h("blockquote", {}, line(quoted[1], ctx)));
    }
  }
  return box;
}

/** Text that has no markup but emoji names. */
export const plain = (text) => String(text ?? "").replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);

/** A text object of Block Kit, whichever kind it is. */
export const texted = (object, ctx) => (object?.type === "mrkdwn" ? mrkdwn(object.text, ctx) : h("span", { className: "text plain" }, plain(object?.text)));

/** Marked-up text as one plain sentence, for names and announcements. */
export const spoken = (text, ctx) =>
  [...mrkdwn(text, ctx).children].map((row) => row.textContent).join(" ").replace(/\s+/g, " ").trim();
