/* Prints every number of the built-in model, layer by layer, as the text model has them (without its title). */

#include <stdio.h>

#include "rnn.h"
#include "rnn_data.h"

extern const struct RNNModel rnnoise_model_orig;

static void print_array(const rnn_weight *values, int count) {
  int i;
  for (i = 0; i < count; i++) printf("%d ", values[i]);
}

static int print_dense(int size, const DenseLayer *layer) {
  printf("%d %d %d ", layer->nb_inputs, layer->nb_neurons, layer->activation);
  print_array(layer->input_weights, layer->nb_inputs * layer->nb_neurons);
  print_array(layer->bias, layer->nb_neurons);
  return size == layer->nb_neurons;
}

static int print_gru(int size, const GRULayer *layer) {
  printf("%d %d %d ", layer->nb_inputs, layer->nb_neurons, layer->activation);
  print_array(layer->input_weights, layer->nb_inputs * 3 * layer->nb_neurons);
  print_array(layer->recurrent_weights, layer->nb_neurons * 3 * layer->nb_neurons);
  print_array(layer->bias, 3 * layer->nb_neurons);
  return size == layer->nb_neurons;
}

int main(void) {
  const RNNModel *model = &rnnoise_model_orig;
  RNNState state;
  float memory = 0;
  int sizes_agree = 1;
  state.model = model;
  state.vad_gru_state = state.noise_gru_state = state.denoise_gru_state = &memory;
  sizes_agree &= print_dense(state.model->input_dense_size, state.model->input_dense);
  sizes_agree &= print_gru(model->vad_gru_size, model->vad_gru);
  sizes_agree &= print_gru(model->noise_gru_size, model->noise_gru);
  sizes_agree &= print_gru(model->denoise_gru_size, model->denoise_gru);
  sizes_agree &= print_dense(model->denoise_output_size, model->denoise_output);
  sizes_agree &= print_dense(model->vad_output_size, model->vad_output);
  printf("\n");
  return !sizes_agree;
}
