// node frames.mjs PACKAGE IN OUT VAD MODULE [MODEL [NEXT AT]]: denoise 16-bit samples frame by frame.
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const [, , folder, input, output, vads, module, model, next, at] = process.argv;
const { loadRNNoise, FRAME_SIZE } = await import(pathToFileURL(`${folder}/rnnoise-node.js`));
const rnnoise = await loadRNNoise({ simd: module === 'rnnoise-simd.wasm' });
const denoiser = rnnoise.createDenoiser(model ? await readFile(model) : undefined);
const bytes = await readFile(input);
const samples = Float32Array.from(new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2));
const frames = Math.floor(samples.length / FRAME_SIZE);
const vad = new Float32Array(frames);
for (let i = 0; i < frames; i++) {
  if (next && i === Number(at)) denoiser.setModel(await readFile(next));
  vad[i] = denoiser.process(samples.subarray(i * FRAME_SIZE, (i + 1) * FRAME_SIZE));
}
denoiser.destroy();
await writeFile(output, new Uint8Array(samples.buffer, 0, 4 * frames * FRAME_SIZE));
await writeFile(vads, new Uint8Array(vad.buffer));
