/** Samples of a frame: 480, 10 ms. */
export const FRAME_SIZE: 480;
/** Hz: 48000, and no other. */
export const SAMPLE_RATE: 48000;

/** What cannot be used, in one line: what it is and what to do. */
export class RNNoiseError extends Error {}

/** Bytes of a text model (model.rnnn) or a packed one (model.rnn). */
export type ModelBytes = ArrayBuffer | ArrayBufferView;

export interface LoadOptions {
  /** Bytes of a module; without them the file beside the script is read. */
  wasm?: ArrayBuffer | ArrayBufferView;
  /** Whether to take the module with SIMD; without it the browser is asked. The bits of the output are the same. */
  simd?: boolean;
  /** Where rnnoise.wasm, rnnoise-simd.wasm and rnnoise-worklet.js are, when not beside the script. */
  baseUrl?: string | URL;
}

export interface NodeOptions extends LoadOptions {
  /** Channels, each denoised by itself; default 1. */
  channels?: number;
  /** Another model than the one built in. */
  model?: ModelBytes;
  /** Start with the input, as late as the output would be. */
  bypass?: boolean;
  /** Where the processor is, when not beside the script. */
  workletUrl?: string | URL;
}

/** A loaded module. */
export class RNNoise {
  readonly simd: boolean;
  readonly frameSize: 480;
  /** Whether a model is built in. */
  readonly hasModel: boolean;
  createDenoiser(model?: ModelBytes): Denoiser;
}

/** The denoiser of one channel. */
export class Denoiser {
  /** Speech probability of the last frame, 0 … 1. */
  readonly vad: number;
  /** Denoise 480 samples in -32768 … 32767 in place, one frame late; returns the speech probability. */
  process(frame: Float32Array): number;
  /** Another model from now on: it hears 20 frames, then fades in over one. Nothing changes when this throws. */
  setModel(model: ModelBytes): void;
  destroy(): void;
}

/** One channel of samples in -1 … 1, in blocks of one size. */
export class BlockDenoiser {
  constructor(denoiser: Denoiser, blockSize: number);
  readonly denoiser: Denoiser;
  /** Samples that the output lags behind the input. */
  readonly latency: number;
  /** Give the input, as late as the output would be. */
  bypass: boolean;
  process(input: Float32Array | undefined, output: Float32Array): void;
}

/** Samples that blocks of this size are late: 928 for 128. */
export function blockLatency(blockSize: number): number;

/** What the processor does: `active` denoises; in every other state it does not. */
export type NodeState = 'starting' | 'active' | 'bypassed' | 'idle' | 'failed' | 'destroyed';

/** Fires `vad` (detail: speech probability, each 10 ms) and `statechange` (detail: the state). */
export interface RNNoiseNode extends AudioWorkletNode {
  readonly simd: boolean;
  /** Seconds that the output lags behind the input. */
  readonly latency: number;
  readonly state: NodeState;
  readonly vad: number;
  /** The input, as late as the output: for A/B. */
  bypass: boolean;
  /** Another model, without a click; rejects, and changes nothing, when the bytes are no model. */
  setModel(bytes: ModelBytes): Promise<void>;
  destroy(): void;
}

export function simdSupported(): boolean;
/** Load the module, for frames and blocks of one's own. */
export function loadRNNoise(options?: LoadOptions): Promise<RNNoise>;
/** A node for a context of 48 kHz. */
export function createRNNoiseNode(context: BaseAudioContext, options?: NodeOptions): Promise<RNNoiseNode>;
