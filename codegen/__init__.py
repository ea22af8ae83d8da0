"""Generated C: headers and tables of ``reference_c``; model packages (rnn_data.c/.h, Makefile, sources)."""
