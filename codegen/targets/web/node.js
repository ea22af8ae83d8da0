// For node: the modules are read from files.
import { readFile } from 'node:fs/promises';
import { loadRNNoise as load, simdSupported } from './rnnoise.js';

export * from './rnnoise.js';

export async function loadRNNoise({ wasm, simd = simdSupported() } = {}) {
  const name = simd ? './rnnoise-simd.wasm' : './rnnoise.wasm';
  return load({ wasm: wasm ?? await readFile(new URL(name, import.meta.url)), simd });
}
