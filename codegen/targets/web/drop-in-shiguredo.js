// node drop-in-shiguredo.js FILE: the module inside the dist/rnnoise.js of @shiguredo/rnnoise-wasm becomes this one.
import { readFile, writeFile } from 'node:fs/promises';

const [, , file] = process.argv;
const wasm = await readFile(new URL('./rnnoise-simd.wasm', import.meta.url));
const text = await readFile(file, 'utf8');
const found = text.match(/"(AGFzbQE[A-Za-z0-9+/=]{1000,})"/); // \0asm\1 in base64
if (!found) {
  console.error(`${file} holds no WebAssembly module in base64: is it @shiguredo/rnnoise-wasm's dist/rnnoise.js?`);
  process.exit(2);
}
await writeFile(file, text.replace(found[1], wasm.toString('base64')));
