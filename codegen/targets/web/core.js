// A WebAssembly module of librnnoise, and denoisers made of it: the same code in pages, workers, worklets and node.
// Samples of `process` are floats in the range of 16-bit integers; `BlockDenoiser` takes the usual -1 … 1.

const FRAME_SIZE = 480; // samples, 10 ms
const SAMPLE_RATE = 48000; // Hz
const FULL_SCALE = 32768;
const WARM_UP_FRAMES = 20; // that a new model hears before it is heard

class RNNoiseError extends Error {
  constructor(message) {
    super(message);
    this.name = 'RNNoiseError';
  }
}

function checkSampleRate(rate) {
  if (rate !== SAMPLE_RATE) {
    throw new RNNoiseError(`the audio has ${rate} Hz, the model is for ${SAMPLE_RATE}: `
      + `make the context with new AudioContext({ sampleRate: ${SAMPLE_RATE} }), the browser then resamples`);
  }
}

// One instance of the module; denoisers made of it share its memory, which never grows.
class RNNoise {
  constructor(module, simd) {
    this.exports = new WebAssembly.Instance(module, {}).exports;
    this.simd = simd;
    this.frameSize = FRAME_SIZE;
    this.hasModel = this._state(0, true);
  }

  // A denoiser of one channel; with bytes of a text (.rnnn) or packed (.rnn) model, or else with the one built in.
  createDenoiser(model) {
    return new Denoiser(this, model);
  }

  // Address of a model, to be freed with rnnoise_model_free.
  _load(model) {
    const bytes = model instanceof Uint8Array ? model
      : ArrayBuffer.isView(model) ? new Uint8Array(model.buffer, model.byteOffset, model.byteLength)
        : new Uint8Array(model);
    const { malloc, free, memory, rnnoise_model_from_buffer: load } = this.exports;
    const place = malloc(bytes.length);
    if (!place) throw new RNNoiseError(`a model of ${bytes.length} bytes: that is far more than any has`);
    new Uint8Array(memory.buffer, place, bytes.length).set(bytes);
    const loaded = load(place, bytes.length);
    free(place);
    if (!loaded) {
      throw new RNNoiseError('these bytes are no RNNoise model: give the file model.rnnn (text) or model.rnn (packed) '
        + 'that `rnnoise-py export` wrote');
    }
    return loaded;
  }

  // Address of a new state; or whether one can be made.
  _state(model, asks = false) {
    const state = this.exports.rnnoise_create(model);
    if (asks) {
      if (state) this.exports.rnnoise_destroy(state);
      return state !== 0;
    }
    if (state) return state;
    throw new RNNoiseError(this.hasModel || model ? 'no room for another denoiser: destroy() those not in use'
      : 'no model is built in: give one, or make the module with `rnnoise-py build DIR --target web`');
  }
}

class Denoiser {
  constructor(rnnoise, model) {
    this._rnnoise = rnnoise;
    this._exports = rnnoise.exports;
    this._model = model === undefined ? 0 : rnnoise._load(model);
    this._state = rnnoise._state(this._model);
    this._place = this._exports.malloc(4 * FRAME_SIZE);
    if (!this._place) throw new RNNoiseError('no room for another denoiser: destroy() those not in use');
    this._frame = new Float32Array(this._exports.memory.buffer, this._place, FRAME_SIZE);
    this._next = null; // a model that is being warmed up
    this.vad = 0; // speech probability of the last frame
  }

  // Denoises 480 samples in place, one frame late; returns the speech probability, 0 … 1.
  process(frame) {
    if (frame.length !== FRAME_SIZE) throw new RNNoiseError(`${frame.length} samples: a frame has ${FRAME_SIZE}`);
    const run = this._exports.rnnoise_process_frame;
    const next = this._next;
    let other = null;
    if (next) {
      this._frame.set(frame);
      const vad = run(next.state, this._place, this._place);
      if (--next.frames === 0) other = { vad, samples: this._frame.slice() };
    }
    this._frame.set(frame);
    this.vad = run(this._state, this._place, this._place);
    frame.set(this._frame);
    if (other) {
      for (let i = 0; i < FRAME_SIZE; i++) frame[i] += (other.samples[i] - frame[i]) * ((i + 1) / FRAME_SIZE);
      this.vad = other.vad;
      this._release();
      [this._state, this._model, this._next] = [next.state, next.model, null];
    }
    return this.vad;
  }

  // Another model from now on: it hears 20 frames, then it fades in over one. Nothing changes when this throws.
  setModel(model) {
    const loaded = this._rnnoise._load(model);
    let state;
    try {
      state = this._rnnoise._state(loaded);
    } catch (error) {
      this._exports.rnnoise_model_free(loaded);
      throw error;
    }
    this._dropNext();
    this._next = { state, model: loaded, frames: WARM_UP_FRAMES };
  }

  // Gives the memory back; the denoiser cannot be used any more.
  destroy() {
    if (!this._state) return;
    this._dropNext();
    this._release();
    this._exports.free(this._place);
    this._state = 0;
    this.process = () => { throw new RNNoiseError('this denoiser was destroyed: make another'); };
  }

  _release() {
    this._exports.rnnoise_destroy(this._state);
    if (this._model) this._exports.rnnoise_model_free(this._model);
  }

  _dropNext() {
    if (!this._next) return;
    this._exports.rnnoise_destroy(this._next.state);
    this._exports.rnnoise_model_free(this._next.model);
    this._next = null;
  }
}

function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

// Samples that the output of blocks of one size lags behind the input: the frame that the denoiser looks ahead, and
// what must be there before a frame is complete. 928 for the browsers' blocks of 128.
function blockLatency(blockSize) {
  return 2 * FRAME_SIZE - greatestCommonDivisor(FRAME_SIZE, blockSize);
}

// One channel of samples in -1 … 1, in blocks of one size.
class BlockDenoiser {
  constructor(denoiser, blockSize) {
    this.denoiser = denoiser;
    this.latency = blockLatency(blockSize);
    this.bypass = false; // the input, as late as the output would be
    this.frames = 0; // denoised so far
    this._in = new Float32Array(FRAME_SIZE);
    this._last = new Float32Array(FRAME_SIZE); // the frame before, for the bypass
    this._filled = 0;
    this._size = 2 * FRAME_SIZE + blockSize;
    this._out = new Float32Array(this._size);
    this._read = 0;
    this._write = this.latency - FRAME_SIZE;
  }

  process(input, output) {
    for (let i = 0; i < output.length; i++) {
      this._in[this._filled++] = input ? input[i] : 0;
      if (this._filled === FRAME_SIZE) this._frame();
    }
    for (let i = 0; i < output.length; i++) {
      output[i] = this._out[this._read];
      this._read = this._read + 1 === this._size ? 0 : this._read + 1;
    }
  }

  _frame() {
    const dry = this._last;
    this._last = this._in;
    this._in = dry;
    const wet = this._scratch ??= new Float32Array(FRAME_SIZE);
    for (let i = 0; i < FRAME_SIZE; i++) wet[i] = this._last[i] * FULL_SCALE;
    this.denoiser.process(wet);
    for (let i = 0; i < FRAME_SIZE; i++) {
      this._out[this._write] = this.bypass ? dry[i] : wet[i] / FULL_SCALE;
      this._write = this._write + 1 === this._size ? 0 : this._write + 1;
    }
    this._filled = 0;
    this.frames++;
  }
}
