// The chat's window on the screen: the part that is seen, and where the focus may go.
// @ts-check
export const FULL_SCREEN = matchMedia("(max-width:480px),(max-height:480px)");
export const TOUCH = matchMedia("(pointer:coarse)");

/** Fit the window above an on-screen keyboard; inside a pinched zoom it stays as it is. True when it may have moved. @param {HTMLElement} element */
export function fit(element) {
  const { scale = 1, height = innerHeight, offsetTop = 0 } = visualViewport ?? {};
  const zoomed = scale > 1.01;
  element.style.setProperty("--visible", zoomed ? "" : `${height}px`);
  element.style.setProperty("--above", zoomed ? "" : `${offsetTop}px`);
  element.classList.toggle("low", !zoomed && height < 430);
  return !zoomed;
}

/** On a small screen the chat covers the page; the focus must not go where nobody sees it. @param {KeyboardEvent} event @param {HTMLElement} element @param {ShadowRoot} root */
export function stayInside(event, element, root) {
  const all = [.../** @type {NodeListOf<HTMLInputElement>} */ (element.querySelectorAll("button,summary,a,input,textarea,select,[tabindex='0']"))];
  const shown = all.filter((one) => one.checkVisibility() && !one.disabled);
  const edge = event.shiftKey ? shown[0] : shown[shown.length - 1];
  if (root.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? shown[shown.length - 1] : shown[0]).focus();
}
