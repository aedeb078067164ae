"""What a person who cannot see the page, or not well, gets from it: names, and contrast."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

ASKED = {
    "button",
    "checkbox",
    "combobox",
    "Date",
    "dialog",
    "InputTime",
    "link",
    "listbox",
    "log",
    "menuitem",
    "option",
    "radio",
    "radiogroup",
    "searchbox",
    "textbox",
}

# The ratio of WCAG 2 between each text and the first solid ground behind it; large text needs 3, other text 4.5.
_CONTRAST = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return rgba("white");
  };
  const faint = [];
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const node = words.currentNode.parentElement;
    const text = words.currentNode.textContent.trim();
    if (!text || !node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (node.closest(".unseen, [inert], noscript")) continue;
    const style = getComputedStyle(node);
    const [one, other] = [light(rgba(style.color)), light(ground(node))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)} ${text.slice(0, 40)}`);
  }
  return faint;
}
"""


def nameless(page: Page) -> list[str]:
    """The controls, and the regions that need one, that have no accessible name in the browser's own tree."""
    session = page.context.new_cdp_session(page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    wanted = [node for node in nodes if not node["ignored"] and node.get("role", {}).get("value") in ASKED]
    assert wanted, "the browser shows no control at all"
    return [node["role"]["value"] for node in wanted if not node.get("name", {}).get("value", "").strip()]


def faint(page: Page) -> list[str]:
    """Texts whose contrast is below level AA, with the ratio."""
    found: list[str] = page.evaluate(_CONTRAST)
    return found
