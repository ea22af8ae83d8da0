// (module (func (result v128) i32.const 0 i8x16.splat))
const SIMD_PROBE = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0,
  10, 8, 1, 6, 0, 65, 0, 253, 15, 11);

function simdSupported() {
  return WebAssembly.validate(SIMD_PROBE);
}

const HERE = import.meta.url;

async function fetchBytes(url) {
  const response = await fetch(url);
  if (!response.ok) throw new RNNoiseError(`${url}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

// Bytes of the module for this browser: options.wasm, or the file beside this one (or at options.baseUrl).
async function moduleBytes({ wasm, simd = simdSupported(), baseUrl = HERE } = {}) {
  return { bytes: wasm ?? await fetchBytes(new URL(simd ? 'rnnoise-simd.wasm' : 'rnnoise.wasm', baseUrl)), simd };
}

// Loads the module: for frames and blocks of one's own. For Web Audio see createRNNoiseNode.
async function loadRNNoise(options) {
  const { bytes, simd } = await moduleBytes(options);
  return new RNNoise(await WebAssembly.compile(bytes), simd);
}

// A model as the bytes of model.rnn; throws when it is none.
function packedModel(rnnoise, model) {
  rnnoise.createDenoiser(model).destroy();
  const bytes = ArrayBuffer.isView(model) ? new Uint8Array(model.buffer, model.byteOffset, model.byteLength)
    : new Uint8Array(model);
  if (bytes[0] !== 114) return bytes; // not the r of a text model's title
  const [, ...lines] = new TextDecoder().decode(bytes).split('\n');
  return Uint8Array.from(lines.join(' ').trim().split(/\s+/), Number);
}

let nodeClass;

function makeNodeClass() {
  return class RNNoiseNode extends AudioWorkletNode {
    constructor(context, wasm, rnnoise, { channels = 1, model, bypass = false } = {}) {
      super(context, 'rnnoise-py', {
        numberOfInputs: 1,
        numberOfOutputs: 1,
        outputChannelCount: [channels],
        channelCount: channels,
        channelCountMode: 'explicit',
        processorOptions: { wasm, simd: rnnoise.simd, channels, bypass, model: model && packedModel(rnnoise, model) },
      });
      this.simd = rnnoise.simd;
      this._rnnoise = rnnoise;
      this.latency = blockLatency(128) / SAMPLE_RATE; // seconds
      this.state = 'starting'; // 'active', 'bypassed', 'idle' (nothing is connected), 'failed', 'destroyed'
      this.vad = 0;
      this._bypass = bypass;
      this._asked = 0;
      this._waiting = new Map();
      this.port.onmessage = ({ data }) => this._hear(data);
      this.addEventListener('processorerror', () => this._change('failed'));
    }

    get bypass() {
      return this._bypass;
    }

    set bypass(on) {
      this._bypass = Boolean(on);
      this.port.postMessage({ type: 'bypass', on: this._bypass });
    }

    // Another model, a text or a packed one, without a click; resolves when it is loaded, rejects when it is no model.
    async setModel(model) {
      const bytes = packedModel(this._rnnoise, model); // here, not where every 2.7 ms count
      const id = ++this._asked;
      return new Promise((resolve, reject) => {
        this._waiting.set(id, { resolve, reject });
        this.port.postMessage({ type: 'model', id, bytes });
      });
    }

    destroy() {
      this.disconnect();
      this.port.postMessage({ type: 'destroy' });
      this._change('destroyed');
    }

    _hear(message) {
      if (message.type === 'vad') {
        this.vad = message.vad;
        this.dispatchEvent(new CustomEvent('vad', { detail: message.vad }));
      } else if (message.type === 'state') {
        this._change(message.state);
      } else {
        const { resolve, reject } = this._waiting.get(message.id);
        this._waiting.delete(message.id);
        if (message.type === 'done') resolve();
        else reject(new RNNoiseError(message.message));
      }
    }

    _change(state) {
      if (this.state === 'destroyed' || this.state === state) return;
      this.state = state;
      this.dispatchEvent(new CustomEvent('statechange', { detail: state }));
    }
  };
}

const prepared = new WeakMap(); // context → promise of the processor in it

// A node for a context of 48 kHz; options: channels, model, bypass, wasm, simd, baseUrl, workletUrl.
async function createRNNoiseNode(context, options = {}) {
  checkSampleRate(context.sampleRate);
  if (!context.audioWorklet) {
    throw new RNNoiseError('no AudioWorklet here: browsers have it on https:// pages and on localhost only');
  }
  const { bytes, simd } = await moduleBytes(options);
  if (!prepared.has(context)) {
    const url = options.workletUrl ?? new URL('rnnoise-worklet.js', options.baseUrl ?? HERE);
    prepared.set(context, context.audioWorklet.addModule(url));
  }
  await prepared.get(context);
  const rnnoise = new RNNoise(await WebAssembly.compile(bytes), simd);
  rnnoise.createDenoiser(options.model).destroy(); // what would fail in the processor fails here, where it can be said
  nodeClass ??= makeNodeClass();
  return new nodeClass(context, bytes, rnnoise, options);
}

export {
  BlockDenoiser, Denoiser, FRAME_SIZE, RNNoise, RNNoiseError, SAMPLE_RATE, blockLatency, createRNNoiseNode,
  loadRNNoise, simdSupported,
};
