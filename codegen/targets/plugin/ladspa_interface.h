/* The interface of LADSPA 1.1 plugins, as far as this one needs it: values, and the order of the descriptor's fields. */
#ifndef RNNOISE_LADSPA_INTERFACE_H
#define RNNOISE_LADSPA_INTERFACE_H

enum { PROPERTY_REALTIME = 1, PROPERTY_HARD_REALTIME = 4 };
enum { PORT_INPUT = 1, PORT_OUTPUT = 2, PORT_CONTROL = 4, PORT_AUDIO = 8 };
enum { HINT_BOUNDED_BELOW = 1, HINT_BOUNDED_ABOVE = 2, HINT_INTEGER = 32, HINT_DEFAULT_0 = 0x200, HINT_DEFAULT_LOW = 0x80 };

struct PortRange {
    int hints;
    float lower, upper;
};

/* A plugin: what ladspa_descriptor() returns for each number from 0 on. */
struct Plugin {
    unsigned long id;
    const char *label;
    int properties;
    const char *name, *maker, *copyright;
    unsigned long port_count;
    const int *port_kinds;
    const char *const *port_names;
    const struct PortRange *port_ranges;
    void *data;
    void *(*instantiate)(const struct Plugin *plugin, unsigned long sample_rate);
    void (*connect_port)(void *instance, unsigned long port, float *place);
    void (*activate)(void *instance);
    void (*run)(void *instance, unsigned long samples);
    void (*run_adding)(void *instance, unsigned long samples);
    void (*set_run_adding_gain)(void *instance, float gain);
    void (*deactivate)(void *instance);
    void (*cleanup)(void *instance);
};

#endif
