// node blocks.mjs PACKAGE: a denoiser in blocks of many sizes against frames; failures and memory. Prints JSON.
import { pathToFileURL } from 'node:url';

const [, , folder] = process.argv;
const { BlockDenoiser, FRAME_SIZE, blockLatency, loadRNNoise } = await import(pathToFileURL(`${folder}/rnnoise-node.js`));
const rnnoise = await loadRNNoise();
const count = 24000;
const samples = Float32Array.from({ length: count }, (_, i) => Math.sin(i * i * 1e-5) * 0.3 + ((i * 7919) % 101) / 500);

const whole = Float32Array.from(samples, (x) => x * 32768);
const alone = rnnoise.createDenoiser();
for (let i = 0; i + FRAME_SIZE <= count; i += FRAME_SIZE) alone.process(whole.subarray(i, i + FRAME_SIZE));
alone.destroy();

const differing = {};
const late = {};
for (const size of [1, 32, 64, 128, 256, 441, 480, 512, 1024, 4096]) {
  const blocks = new BlockDenoiser(rnnoise.createDenoiser(), size);
  const dry = new BlockDenoiser(rnnoise.createDenoiser(), size);
  dry.bypass = true;
  const out = new Float32Array(Math.floor(count / size) * size);
  const same = new Float32Array(out.length);
  for (let i = 0; i < out.length; i += size) {
    blocks.process(samples.subarray(i, i + size), out.subarray(i, i + size));
    dry.process(samples.subarray(i, i + size), same.subarray(i, i + size));
  }
  const shift = blockLatency(size);
  late[size] = shift;
  differing[size] = 0;
  for (let i = shift; i < out.length; i++) {
    differing[size] += out[i] !== whole[i - shift + FRAME_SIZE] / 32768;
    differing[size] += same[i] !== samples[i - shift];
  }
  for (let i = 0; i < shift - FRAME_SIZE; i++) differing[size] += out[i] !== 0;
  blocks.denoiser.destroy();
  dry.denoiser.destroy();
}

const messages = [];
const tell = (action) => {
  try {
    action();
    messages.push('no error');
  } catch (error) {
    messages.push(error.message);
  }
};
const kept = rnnoise.createDenoiser();
tell(() => kept.setModel(new TextEncoder().encode('rnnoise-nu model file version 1\n1 2 3\n')));
tell(() => kept.process(new Float32Array(100)));
tell(() => rnnoise.createDenoiser(new ArrayBuffer(8)));
kept.destroy();
tell(() => kept.process(new Float32Array(FRAME_SIZE)));
const many = [];
tell(() => { for (;;) many.push(rnnoise.createDenoiser()); });
const room = many.length;
for (const one of many) one.destroy();
const again = Array.from({ length: room }, () => rnnoise.createDenoiser());
console.log(JSON.stringify({ differing, late, messages, room, again: again.length }));
