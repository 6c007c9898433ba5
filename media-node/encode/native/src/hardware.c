#include "encoder_avcodec.h"
#include "encoders.h"

/** For the least delay: no frame is held back, none refers to a later one, and what is asked for is an IDR. */
static const char *const nvenc_options[] = {"preset", "p2",         "tune",       "ull", "rc",      "cbr", "zerolatency", "1",
                                            "delay",  "0",          "forced-idr", "1",   "profile", "baseline",
                                            NULL};
static const char *const vaapi_options[] = {"rc_mode", "CBR", "async_depth", "1", "profile", "constrained_baseline", NULL};

static const struct AvcodecKind nvenc = {"h264_nvenc", nvenc_options, false, false};
static const struct AvcodecKind vaapi = {"h264_vaapi", vaapi_options, true, true};

static void *open_nvenc(const struct EncoderConfig *config) { return avcodec_open(&nvenc, config); }
static void *open_vaapi(const struct EncoderConfig *config) { return avcodec_open(&vaapi, config); }

static const struct EncoderOps encoder_nvenc = {.name = "nvenc", .codec = "h264", .hardware = true, .open = open_nvenc,
                                                .close = avcodec_close_encoder, .encode = avcodec_encode,
                                                .set_rate = avcodec_set_rate};
static const struct EncoderOps encoder_vaapi = {.name = "vaapi", .codec = "h264", .hardware = true, .open = open_vaapi,
                                                .close = avcodec_close_encoder, .encode = avcodec_encode,
                                                .set_rate = avcodec_set_rate};

const struct EncoderOps *const encoders_hardware[] = {&encoder_nvenc, &encoder_vaapi};
const size_t encoders_hardware_count = sizeof encoders_hardware / sizeof *encoders_hardware;
