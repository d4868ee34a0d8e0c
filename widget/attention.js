// What calls somebody back who looks elsewhere: a number in the tab's title, and a soft tone. Fetched when first needed.
// @ts-check
let count = 0;
const ours = () => `(${count}) `;

/** One more that came while nobody looked at this tab. */
export function inTitle() {
  const title = plain();
  count += 1;
  document.title = ours() + title;
}

/** The page's title, which it may have changed meanwhile. */
const plain = () => (document.title.startsWith(ours()) ? document.title.slice(ours().length) : document.title);

document.addEventListener("visibilitychange", () => {
  if (document.hidden || !count) return;
  document.title = plain();
  count = 0;
});

export function ring() {
  const sound = new AudioContext();
  const tone = sound.createOscillator();
  const soft = sound.createGain();
  soft.gain.setValueAtTime(0.06, sound.currentTime);
  soft.gain.exponentialRampToValueAtTime(0.0001, sound.currentTime + 0.4);
  tone.connect(soft).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.4);
  tone.onended = () => sound.close();
}
