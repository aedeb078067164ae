// What the page knows of the workspace, and what blocks need to be drawn and to act.
import { get, post, upload, whoAmI } from "./api.js";
import { stateOf } from "./blocks.js";
import { plain } from "./mrkdwn.js";
import { row } from "./picker.js";

export const store = { id: whoAmI(), me: null, app: null, people: new Map(), rooms: new Map(), systems: [], workspace: null };

/** Ask who and what there is; answers the workspace's reply. */
export async function refresh() {
  const state = await get(store.id, "state");
  if (!state.ok) return state;
  const { me, app, systems, workspace } = state;
  Object.assign(store, { me, app, systems: systems ?? [], workspace });
  store.people = new Map(state.users.map((person) => [person.id, person]));
  store.rooms = new Map(state.channels.map((room) => [room.id, room]));
  return state;
}

/** Speak to the workspace as this tab's person. */
export const say = (name, body) => post(store.id, name, body);

/** Whether this is a direct message with the app. */
export const isAppRoom = (room) => Boolean(room?.is_im && room.user === store.app?.bot_user_id);

/** How people call a channel or a direct message. */
export function roomName(room) {
  if (!room) return "";
  if (!room.is_im) return room.name;
  const person = store.people.get(room.user);
  return person?.real_name || person?.name || store.app?.name || room.name;
}

/** Who wrote a message; what the app says is the app's. */
export function author(message) {
  const known = store.people.get(message.user);
  if (known) return known;
  const app = store.people.get(store.app?.bot_user_id) ?? { id: store.app?.id, name: store.app?.name, is_bot: true };
  return message.username ? { ...app, real_name: message.username } : app;
}

/**
 * The context in which blocks are drawn. `container` is {channel, ts} or {view_id}; `fail` shows what went wrong to the
 * person who pressed.
 */
export function context(container, form, blocks, fail) {
  const prefix = container.view_id ?? container.ts;
  const ctx = { prefix, form, me: store.me, people: store.people, rooms: store.rooms, upload: (file) => upload(store.id, file) };
  ctx.act = async (block, element, entry) => {
    const answer = await say("action", { ...container, block_id: block.block_id, action_id: element.action_id, ...entry, state: stateOf(ctx, blocks) });
    fail(answer.ok ? "" : answer.error);
    return answer;
  };
  ctx.suggest = async (block, element, value) => {
    const answer = await get(store.id, "suggest", { ...container, block_id: block.block_id, action_id: element.action_id, value });
    if (!answer.ok) {
      fail(answer.error);
      return [];
    }
    const grouped = (answer.option_groups ?? []).flatMap((group) => group.options.map((option) => row(option, plain(group.label?.text))));
    return [...(answer.options ?? []).map((option) => row(option)), ...grouped];
  };
  return ctx;
}
