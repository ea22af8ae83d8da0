// The processor of rnnoise.js's node. Messages to the node: {type: 'state', state}, {type: 'vad', vad} for each frame,
// {type: 'done' | 'failed', id} in answer to {type: 'model', id, bytes}.
registerProcessor('rnnoise-py', class extends AudioWorkletProcessor {
  constructor({ processorOptions: { wasm, simd, channels, model, bypass } }) {
    super();
    checkSampleRate(sampleRate);
    const rnnoise = new RNNoise(new WebAssembly.Module(wasm), simd);
    this._channels = Array.from({ length: channels }, () => new BlockDenoiser(rnnoise.createDenoiser(model), 128));
    this._frames = 0;
    this._ended = false;
    this._state = '';
    this._hear({ type: 'bypass', on: bypass });
    this.port.onmessage = ({ data }) => this._hear(data);
  }

  process([input], [output]) {
    if (this._ended) return false;
    this._tell(this._bypass ? 'bypassed' : input.length ? 'active' : 'idle');
    for (let c = 0; c < output.length; c++) {
      const channel = this._channels[c];
      if (channel) channel.process(input[c], output[c]);
    }
    if (this._channels[0].frames !== this._frames) {
      this._frames = this._channels[0].frames;
      this.port.postMessage({ type: 'vad', vad: Math.max(...this._channels.map((channel) => channel.denoiser.vad)) });
    }
    return true;
  }

  _tell(state) {
    if (state === this._state) return;
    this._state = state;
    this.port.postMessage({ type: 'state', state });
  }

  _hear(message) {
    if (message.type === 'bypass') {
      this._bypass = message.on;
      for (const channel of this._channels) channel.bypass = message.on;
    } else if (message.type === 'destroy') {
      this._ended = true;
      for (const channel of this._channels) channel.denoiser.destroy();
    } else if (message.type === 'model') {
      try {
        for (const channel of this._channels) channel.denoiser.setModel(message.bytes);
        this.port.postMessage({ type: 'done', id: message.id });
      } catch (error) {
        this.port.postMessage({ type: 'failed', id: message.id, message: error.message });
      }
    }
  }
});
