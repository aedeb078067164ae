// The page: where the person is, what has to be fetched again, and which part shows it.
import { get, listen, upload } from "./api.js";
import { h, icon, unseen } from "./dom.js";
import { blank } from "./form.js";
import { renderBlocks } from "./blocks.js";
import { createComposer } from "./composer.js";
import { createModals } from "./modal.js";
import { putAway, showGuide, showStarting } from "./guide.js";
import { showMessages } from "./messages.js";
import { stampOf } from "./mrkdwn.js";
import { showSidebar } from "./sidebar.js";
import { context, isAppRoom, refresh, roomName, say, store } from "./store.js";

const at = (id) => document.getElementById(id);
const here = { channel: null, thread: null, home: false };
const homeView = { view: null, form: blank(), told: 0 };
const narrow = matchMedia("(max-width: 52rem)");
let turn = 0;
let threadTurn = 0;

const send = async (text, files, thread) => {
  const asked = here.channel;
  if (text.startsWith("/") && thread) return { ok: false, error: `${text.split(/\s/)[0]} cannot be used in a thread. Write it in the channel instead.` };
  if (text.startsWith("/")) return say("command", { channel: asked, text });
  const answer = await say("message", { channel: asked, text, thread_ts: thread || undefined, file_ids: files.map((file) => file.id) });
  if (answer.ok) showMain();
  if (answer.ok && thread) showThread();
  return answer;
};
const sendFile = (file) => upload(store.id, file);
const composer = createComposer({ label: "Write a message", send, upload: sendFile, shortcut: (callback_id) => say("shortcut", { callback_id }) });
const replies = createComposer({ label: "Reply in this thread", send: (text, files) => send(text, files, here.thread), upload: sendFile, commands: false });
const modals = createModals({
  context: (view, entry) => context({ view_id: view.id }, entry.form, view.blocks, (text) => modals.fail(text)),
  post: (name, body) => say(name, body),
  home: () => (here.home ? at("main") : at("composer").querySelector("textarea")),
});

// ── Where the person is ─────────────────────────────────────────────────────────────────────────────────────────────

function place() {
  const linked = new URLSearchParams(location.search);
  if (linked.has("channel")) history.replaceState(null, "", `/?as=${store.id}#channel=${linked.get("channel")}&thread=${stampOf(linked.get("ts") ?? "")}`);
  const asked = new URLSearchParams(location.hash.slice(1));
  here.home = location.hash === "#home";
  if (here.home) here.thread = null;
  else {
    const wanted = asked.get("channel");
    here.channel = store.rooms.has(wanted) ? wanted : (here.channel ?? store.rooms.keys().next().value);
    here.thread = asked.get("thread");
  }
}

function go() {
  if (location.hash === "#main") return;
  place();
  openDrawer(false);
  at("home-alert").textContent = "";
  at("home").hidden = !here.home;
  at("messages").hidden = at("composer").hidden = here.home;
  drawFrame();
  if (here.home) showHome();
  else showMain();
  showThread();
}

function drawFrame() {
  const room = store.rooms.get(here.channel);
  const name = here.home ? `${store.app.name} · Home` : roomName(room);
  at("room-name").replaceChildren(here.home ? icon("home") : room?.is_im ? "" : icon(room?.is_private ? "lock" : "room"), name);
  at("room-topic").textContent = here.home ? "What you can do here, and what waits for you" : isAppRoom(room) ? "What the app tells you alone" : (room?.topic ?? "");
  at("thread-room").textContent = roomName(room);
  if (!here.home) composer.move(here.channel, room?.is_im ? `Write to ${name}` : `Write in ${name}`);
  const unread = [...store.rooms.values()].reduce((sum, one) => sum + (one.id === here.channel && !document.hidden ? 0 : one.unread || 0), 0);
  document.title = `${unread ? `(${unread}) ` : ""}${name} · Practice workspace · ${store.workspace?.name ?? ""}`;
  at("drawer").classList.toggle("news", unread > 0);
  at("drawer").setAttribute("aria-label", `Channels and people${unread ? ", something is unread" : ""}`);
  at("company").textContent = store.workspace?.name ?? "Lumen Works";
  showSidebar(here.home ? "home" : here.channel);
  showStarting(at("starting"));
  showGuide(at("guide"), { visible: !here.home && !here.thread, run: (text) => composer.write(text, true), close: () => guide(false) });
  at("help").hidden = here.home || Boolean(here.thread) || Boolean(at("guide").firstChild) || !store.app.connected;
}

function guide(on) {
  putAway(!on);
  drawFrame();
  if (on) at("guide").querySelector("button, a")?.focus();
  else composer.focus();
}

// ── What is shown ───────────────────────────────────────────────────────────────────────────────────────────────────

async function showMain() {
  if (here.home || !here.channel) return;
  const mine = ++turn;
  const channel = here.channel;
  const answer = await get(store.id, "messages", { channel });
  if (mine !== turn || channel !== here.channel) return;
  if (!answer.ok) return composer.fail(answer.error);
  const room = store.rooms.get(channel);
  if (room) room.unread = 0;
  const empty = isAppRoom(room) ? `${store.app.name} has not written to you yet.` : "Nothing has been written here yet.";
  const open = (ts) => (location.hash = `#channel=${channel}&thread=${ts}`);
  at("messages").setAttribute("aria-label", `Messages in ${roomName(room)}`);
  showMessages(at("messages"), answer.messages, { channel, open, fail: composer.fail, empty });
}

async function showThread() {
  const { channel, thread } = here;
  const opening = at("thread").hidden;
  at("thread").hidden = !thread;
  document.body.classList.toggle("with-thread", Boolean(thread));
  if (!thread) return;
  replies.move(thread, "Reply in this thread");
  const mine = ++threadTurn;
  const answer = await get(store.id, "messages", { channel, thread });
  if (mine !== threadTurn || thread !== here.thread) return;
  if (!answer.ok) return replies.fail(answer.error);
  showMessages(at("replies"), answer.messages, { channel, thread, fail: replies.fail, empty: store.rooms.has(channel) ? "This thread is empty." : "You are not in this channel, so its threads are not yours to read." });
  if (opening) at("thread-name").focus();
}

function closeThread() {
  const thread = here.thread;
  location.hash = `#channel=${here.channel}`;
  setTimeout(() => (document.querySelector(`[data-focus="reply/${thread}"]`) ?? at("main")).focus(), 0);
}

async function showHome() {
  const told = homeView.told; // the app may publish before this answer, which is then the older of the two
  const answer = await get(store.id, "home");
  if (!answer.ok) at("home-alert").textContent = answer.error;
  else if (homeView.told === told) drawHome(answer.view);
}

function tellHome(view) {
  homeView.told += 1;
  drawHome(view);
}

function drawHome(view) {
  if (homeView.view?.id !== view?.id) homeView.form = blank();
  homeView.view = view;
  if (!here.home) return;
  if (!view) return at("home").replaceChildren(h("p", { className: "empty-room" }, store.app.connected ? `${store.app.name} is preparing this page…` : `${store.app.name} is still starting…`));
  const fail = (text) => (at("home-alert").textContent = text);
  if (at("home").querySelector(".empty-room")) at("home").replaceChildren();
  renderBlocks(at("home"), view.blocks, context({ view_id: view.id }, homeView.form, view.blocks, fail));
}

// ── What happens meanwhile ──────────────────────────────────────────────────────────────────────────────────────────

let waiting = 0;
function restate() {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const connected = store.app.connected;
    if (!(await refresh()).ok) return;
    drawFrame();
    if (here.home && store.app.connected && !connected) showHome();
  }, 80);
}

function heard(event) {
  const isHere = event.channel === here.channel && !here.home;
  if (event.type.startsWith("message")) {
    if (isHere) showMain();
    if (isHere && here.thread) showThread();
    restate();
  } else if (event.type === "view_opened") modals.open(event.view);
  else if (event.type === "view_updated" && event.view.type === "home") tellHome(event.view);
  else if (event.type === "view_updated") modals.update(event.view);
  else if (event.type === "view_closed") modals.drop(event.view_id);
  else if (event.type === "home") tellHome(event.view);
  else if (event.type === "error") complain(event.text);
  else restate();
}

function complain(text) {
  if (modals.isOpen()) modals.fail(text);
  else if (here.home) at("home-alert").textContent = text;
  else composer.fail(text);
}

let lines = 0;
function lived(up) {
  at("line").hidden = up;
  if (!up) return;
  if (here.home && lines) showHome();
  lines += 1;
  restate();
  showMain();
  showThread();
}

// ── The frame around it ─────────────────────────────────────────────────────────────────────────────────────────────

function openDrawer(on) {
  document.body.classList.toggle("with-drawer", on);
  at("drawer").setAttribute("aria-expanded", String(on));
  if (on) at("sidebar").querySelector(".person, a")?.focus();
}

function theme() {
  const root = document.documentElement;
  const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const draw = () => at("theme").replaceChildren(icon(dark() ? "sun" : "moon"), unseen(dark() ? "Use the light theme" : "Use the dark theme"));
  at("theme").addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    localStorage.setItem("practice-theme", root.dataset.theme);
    draw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
}

function frame() {
  at("drawer").replaceChildren(icon("menu"), unseen("Channels and people"));
  at("help").replaceChildren(icon("help"), unseen("Show the first steps"));
  at("thread-close").replaceChildren(icon("close"), unseen("Close the thread"));
  at("composer").append(composer.node);
  at("thread-composer").append(replies.node);
  at("drawer").addEventListener("click", () => openDrawer(!document.body.classList.contains("with-drawer")));
  at("help").addEventListener("click", () => guide(true));
  at("thread-close").addEventListener("click", closeThread);
  at("skip").addEventListener("click", (event) => {
    event.preventDefault();
    (here.home ? at("main") : at("messages")).focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (document.body.classList.contains("with-drawer")) {
      openDrawer(false);
      at("drawer").focus();
    } else if (here.thread && at("thread").contains(event.target)) closeThread();
  });
  at("main").addEventListener("pointerdown", (event) => narrow.matches && !at("drawer").contains(event.target) && openDrawer(false));
  window.addEventListener("hashchange", go);
  document.addEventListener("visibilitychange", () => document.hidden || drawFrame());
  theme();
}

async function start() {
  const state = await refresh();
  if (!state.ok) {
    at("line").hidden = false;
    if (!state.silent) sessionStorage.removeItem("practice-as");
    at("line").replaceChildren(state.error, " ", state.silent ? "Trying again…" : h("a", { href: "/" }, "Begin as Hanna"));
    return state.silent && setTimeout(start, 2000);
  }
  at("line").textContent = "The connection was lost. Trying again…";
  at("line").hidden = true;
  document.body.classList.add("ready");
  go();
  listen(store.id, heard, lived);
}

frame();
start();
