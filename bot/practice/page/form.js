// What a person has entered in one view or message. Only touched fields are kept, so an update of the view may still change the others.

const FIELD = {
  plain_text_input: (el) => ({ value: el.initial_value ?? null }),
  email_text_input: (el) => ({ value: el.initial_value ?? null }),
  url_text_input: (el) => ({ value: el.initial_value ?? null }),
  number_input: (el) => ({ value: el.initial_value ?? null }),
  static_select: (el) => ({ selected_option: el.initial_option ?? null }),
  external_select: (el) => ({ selected_option: el.initial_option ?? null }),
  radio_buttons: (el) => ({ selected_option: el.initial_option ?? null }),
  multi_static_select: (el) => ({ selected_options: el.initial_options ?? [] }),
  multi_external_select: (el) => ({ selected_options: el.initial_options ?? [] }),
  checkboxes: (el) => ({ selected_options: el.initial_options ?? [] }),
  users_select: (el) => ({ selected_user: el.initial_user ?? null }),
  multi_users_select: (el) => ({ selected_users: el.initial_users ?? [] }),
  channels_select: (el) => ({ selected_channel: el.initial_channel ?? null }),
  conversations_select: (el) => ({ selected_conversation: el.initial_conversation ?? null }),
  datepicker: (el) => ({ selected_date: el.initial_date ?? null }),
  timepicker: (el) => ({ selected_time: el.initial_time ?? null }),
  datetimepicker: (el) => ({ selected_date_time: el.initial_date_time ?? null }),
  file_input: () => ({ files: [] }),
};

/** An empty form: nothing touched yet. */
export const blank = () => ({ touched: new Map() });

const key = (block, element) => `${block.block_id} ${element.action_id} ${element.type}`;

/** What the field holds now: what the person entered, else what the app proposed. */
export function read(form, block, element) {
  return form.touched.get(key(block, element)) ?? FIELD[element.type](element);
}

/** Remember what the person entered. */
export const write = (form, block, element, entry) => form.touched.set(key(block, element), entry);

/** The elements of a block, wherever its kind keeps them. */
export const elementsOf = (block) => [block.accessory, block.element, ...(block.type === "actions" ? block.elements : [])].filter(Boolean);

/** The values of a whole view, as the app expects them: block, then action, then type and value. */
export function collect(form, blocks) {
  const values = {};
  for (const block of blocks ?? []) {
    for (const element of elementsOf(block)) {
      if (!FIELD[element.type]) continue;
      values[block.block_id] ??= {};
      values[block.block_id][element.action_id] = { type: element.type, ...read(form, block, element) };
    }
  }
  return values;
}
