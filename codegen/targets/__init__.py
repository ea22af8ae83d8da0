"""What else a model becomes: WebAssembly and JavaScript, a LADSPA plugin, libraries for other systems."""
