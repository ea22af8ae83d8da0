"""The network as Keras objects; TensorFlow is imported here alone."""
