// node drop-in.js FOLDER: the modules of an npm package, e.g. node_modules/@shiguredo/rnnoise-wasm, become those beside
// this file. A page that has the package's scripts unchanged then runs this model.
import { readFile, writeFile } from 'node:fs/promises';

const PACKAGES = { // file of the package, where a script holds its module as base64 → file beside this one
  '@jitsi/rnnoise-wasm': {
    'dist/rnnoise.wasm': 'rnnoise.wasm',
    'dist/rnnoise-sync.js': 'rnnoise-jitsi-sync.wasm',
  },
  '@sapphi-red/web-noise-suppressor': {
    'dist/rnnoise.wasm': 'rnnoise.wasm',
    'dist/rnnoise_simd.wasm': 'rnnoise-simd.wasm',
  },
  '@shiguredo/rnnoise-wasm': { 'dist/rnnoise.js': 'rnnoise-simd.wasm' },
};

function fail(message) {
  console.error(message);
  process.exit(2);
}

const folder = process.argv[2] ?? '.';
const { name } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8').catch(() => '{}'));
if (!(name in PACKAGES)) fail(`${folder} is none of these packages: ${Object.keys(PACKAGES).join(', ')}`);
for (const [file, module] of Object.entries(PACKAGES[name])) {
  const path = `${folder}/${file}`;
  const [old, wasm] = await Promise.all([readFile(path), readFile(new URL(module, import.meta.url))]);
  if (file.endsWith('.wasm')) {
    await writeFile(path, wasm);
  } else {
    const text = old.toString();
    const found = text.match(/[",](AGFzbQE[A-Za-z0-9+/=]{1000,})"/); // \0asm\1
    if (!found) fail(`${path} holds no WebAssembly module in base64: is this another version of ${name}?`);
    await writeFile(path, text.replace(found[1], wasm.toString('base64')));
  }
  console.log(path);
}
