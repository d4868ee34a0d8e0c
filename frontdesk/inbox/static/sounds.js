// The sounds of an alert, made by the browser: [after seconds, pitch] of each tone.

/** @type {Record<string, [number, number][]>} */
const SOUNDS = {
  chime: [[0, 660], [0.18, 880]],
  bell: [[0, 1175], [0.02, 1760], [0.5, 1175]],
  knock: [[0, 190], [0.16, 190], [0.32, 190]],
  call: [[0, 740], [0.2, 587], [0.6, 740], [0.8, 587]],
  silent: [],
};

/** The browser plays it once somebody has pressed something here. @param {string} name */
export function ring(name) {
  const tones = SOUNDS[name] ?? SOUNDS.chime;
  if (!tones.length) return;
  const sound = new AudioContext();
  for (const [start, pitch] of tones) {
    const tone = sound.createOscillator(), loud = sound.createGain();
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0.15, sound.currentTime + start);
    loud.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + start + 0.3);
    tone.connect(loud).connect(sound.destination);
    tone.start(sound.currentTime + start);
    tone.stop(sound.currentTime + start + 0.3);
  }
  setTimeout(() => sound.close(), 1500);
}

document.getElementById("try-sound")?.addEventListener("click", () => ring(document.querySelector("[name=sound]").value));
