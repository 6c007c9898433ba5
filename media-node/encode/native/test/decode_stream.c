/**
 * decode-stream h264|vp8|vp9|av1|opus X,Y ...: decodes frames from standard input, each behind its length in four bytes
 * (network order; H.264 as Annex B). Prints one JSON line a picture with Y, U and V at the given points, or one line a
 * packet of stereo sound with its length in samples, its loudest, and how often the left channel rose through zero.
 */
#include <aom/aom_decoder.h>
#include <aom/aomdx.h>
#include <arpa/inet.h>
#include <opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <wels/codec_api.h>

#define FRAME_MAX (4u << 20)

struct Decoded {
  int width, height;
  const uint8_t *planes[3];
  int strides[3];
};

static int points_x[16], points_y[16], point_count;

static void print(const struct Decoded *d) {
  printf("{\"width\":%d,\"height\":%d,\"pixels\":[", d->width, d->height);
  for (int i = 0; i < point_count; i++) {
    int x = points_x[i], y = points_y[i];
    printf("%s[%d,%d,%d]", i ? "," : "", d->planes[0][y * d->strides[0] + x],
           d->planes[1][y / 2 * d->strides[1] + x / 2], d->planes[2][y / 2 * d->strides[2] + x / 2]);
  }
  printf("]}\n");
}

static uint8_t *read_frame(uint32_t *size) {
  static uint8_t frame[FRAME_MAX];
  if (fread(size, sizeof *size, 1, stdin) != 1) return NULL;
  *size = ntohl(*size);
  return *size <= FRAME_MAX && fread(frame, 1, *size, stdin) == *size ? frame : NULL;
}

static int decode_vpx(vpx_codec_iface_t *interface) {
  vpx_codec_ctx_t codec;
  if (vpx_codec_dec_init(&codec, interface, NULL, 0) != VPX_CODEC_OK) return 1;
  uint32_t size;
  for (uint8_t *frame; (frame = read_frame(&size));) {
    if (vpx_codec_decode(&codec, frame, size, NULL, 0) != VPX_CODEC_OK) {
      fprintf(stderr, "libvpx: %s\n", vpx_codec_error(&codec));
      return 1;
    }
    vpx_codec_iter_t iterator = NULL;
    for (vpx_image_t *i; (i = vpx_codec_get_frame(&codec, &iterator));)
      print(&(struct Decoded){(int)i->d_w, (int)i->d_h, {i->planes[0], i->planes[1], i->planes[2]},
                              {i->stride[0], i->stride[1], i->stride[2]}});
  }
  vpx_codec_destroy(&codec);
  return 0;
}

static int decode_av1(void) {
  aom_codec_ctx_t codec;
  if (aom_codec_dec_init(&codec, aom_codec_av1_dx(), NULL, 0) != AOM_CODEC_OK) return 1;
  uint32_t size;
  for (uint8_t *frame; (frame = read_frame(&size));) {
    if (aom_codec_decode(&codec, frame, size, NULL) != AOM_CODEC_OK) {
      fprintf(stderr, "libaom: %s\n", aom_codec_error(&codec));
      return 1;
    }
    aom_codec_iter_t iterator = NULL;
    for (aom_image_t *i; (i = aom_codec_get_frame(&codec, &iterator));)
      print(&(struct Decoded){(int)i->d_w, (int)i->d_h, {i->planes[0], i->planes[1], i->planes[2]},
                              {i->stride[0], i->stride[1], i->stride[2]}});
  }
  aom_codec_destroy(&codec);
  return 0;
}

static int decode_h264(void) {
  ISVCDecoder *decoder;
  SDecodingParam param = {.sVideoProperty.eVideoBsType = VIDEO_BITSTREAM_AVC};
  if (WelsCreateDecoder(&decoder) != 0 || (*decoder)->Initialize(decoder, &param) != 0) return 1;
  uint32_t size;
  for (uint8_t *frame; (frame = read_frame(&size));) {
    uint8_t *planes[3] = {NULL};
    SBufferInfo info;
    memset(&info, 0, sizeof info);
    DECODING_STATE state = (*decoder)->DecodeFrameNoDelay(decoder, frame, (int)size, planes, &info);
    if (state != dsErrorFree) {
      fprintf(stderr, "h264: decoding state %d\n", state);
      return 1;
    }
    const SSysMEMBuffer *b = &info.UsrData.sSystemBuffer;
    if (info.iBufferStatus == 1)
      print(&(struct Decoded){b->iWidth, b->iHeight, {planes[0], planes[1], planes[2]},
                              {b->iStride[0], b->iStride[1], b->iStride[1]}});
  }
  (*decoder)->Uninitialize(decoder);
  WelsDestroyDecoder(decoder);
  return 0;
}

static int decode_opus(void) {
  OpusDecoder *decoder = opus_decoder_create(48000, 2, NULL);
  int16_t pcm[2 * 5760], before = 0;
  uint32_t size;
  for (uint8_t *packet; decoder && (packet = read_frame(&size));) {
    int samples = opus_decode(decoder, packet, (opus_int32)size, pcm, 5760, 0), peak = 0, rises = 0;
    if (samples < 0) return 1;
    for (int i = 0; i < samples; i++) {
      int16_t left = pcm[2 * i];
      if (abs(left) > peak) peak = abs(left);
      rises += before < 0 && left >= 0;
      before = left;
    }
    printf("{\"samples\":%d,\"peak\":%d,\"rises\":%d}\n", samples, peak, rises);
  }
  if (decoder) opus_decoder_destroy(decoder);
  return decoder ? 0 : 1;
}

int main(int count, char **arguments) {
  for (int i = 2; i < count && point_count < 16; i++)
    if (sscanf(arguments[i], "%d,%d", &points_x[point_count], &points_y[point_count]) == 2) point_count++;
  if (count < 2) return 2;
  if (strcmp(arguments[1], "opus") == 0) return decode_opus();
  if (strcmp(arguments[1], "vp8") == 0) return decode_vpx(vpx_codec_vp8_dx());
  if (strcmp(arguments[1], "vp9") == 0) return decode_vpx(vpx_codec_vp9_dx());
  return strcmp(arguments[1], "av1") == 0 ? decode_av1() : decode_h264();
}
