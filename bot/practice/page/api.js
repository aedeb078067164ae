// The workspace's own JSON interface: every call answers {ok, …}, also when the network does not.

const SILENT = "The practice workspace does not answer. Is it still running?";

/** Who this tab plays: the address first, then what the tab remembers. */
export function whoAmI() {
  const asked = new URLSearchParams(location.search).get("as");
  const me = asked || sessionStorage.getItem("practice-as") || "U002";
  sessionStorage.setItem("practice-as", me);
  return me;
}

/** Play another person in this tab; the page starts afresh. */
export function become(person) {
  sessionStorage.setItem("practice-as", person);
  location.href = `/?as=${encodeURIComponent(person)}`;
}

async function call(path, options) {
  try {
    const response = await fetch(path, options);
    const body = await response.json();
    return body.ok || body.error ? body : { ok: false, error: `The workspace answered ${response.status}.` };
  } catch {
    return { ok: false, error: SILENT, silent: true };
  }
}

/** GET /_/name as this person. */
export const get = (me, name, query = {}) => call(`/_/${name}?${new URLSearchParams({ as: me, ...query })}`, { cache: "no-store" });

/** POST /_/name as this person. */
export const post = (me, name, body = {}) =>
  call(`/_/${name}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ as: me, ...body }) });

/** Send one file; the answer carries its description. */
export function upload(me, file) {
  const form = new FormData();
  form.append("as", me);
  form.append("file", file);
  return call("/_/upload", { method: "POST", body: form });
}

/**
 * Live updates. `heard` gets each event, `lived` is told when the line goes up or down. A hidden tab lets go of its line and
 * asks now and then instead: browsers allow six lines per host, and practice means one tab per person.
 */
export function listen(me, heard, lived) {
  let source = null;
  let polling = 0;
  let wait = 500;
  const open = () => {
    clearInterval(polling);
    source?.close();
    source = new EventSource(`/_/events?as=${encodeURIComponent(me)}`);
    source.onopen = () => {
      wait = 500;
      lived(true);
    };
    source.onmessage = (event) => heard(JSON.parse(event.data));
    source.onerror = () => {
      lived(false);
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(open, wait);
      wait = Math.min(wait * 2, 8000);
    };
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return open();
    source?.close();
    polling = setInterval(() => heard({ type: "channels" }), 5000);
  });
  window.addEventListener("pagehide", () => source?.close());
  open();
}
