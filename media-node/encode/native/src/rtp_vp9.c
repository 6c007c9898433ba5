#include <string.h>

#include "bytes.h"
#include "rtp.h"

/** Payload descriptor: flags and a picture id of two bytes. */
#define DESCRIPTOR 3
#define HAS_PICTURE_ID 0x80
#define PREDICTED 0x40
#define START_OF_FRAME 0x08
#define END_OF_FRAME 0x04
#define PICTURE_ID_IS_15_BITS 0x8000

void rtp_packetize_vp9(struct RtpStream *stream, const struct EncodedFrame *frame, uint32_t timestamp,
                       uint16_t picture_id, RtpSink sink, void *context) {
  for (int unit = 0; unit < frame->unit_count; unit++) {
    const uint8_t *body = frame->units[unit].data;
    size_t left = frame->units[unit].size, most = RTP_PAYLOAD_MAX - DESCRIPTOR;
    size_t count = (left + most - 1) / most;
    for (size_t i = 0; i < count; i++) {
      size_t size = (left + count - i - 1) / (count - i);
      bool last = i + 1 == count;
      uint8_t packet[RTP_PACKET_MAX];
      size_t header = rtp_write_header(stream, packet, timestamp, last, size + DESCRIPTOR);
      packet[header] = (uint8_t)(HAS_PICTURE_ID | (frame->key ? 0 : PREDICTED) | (i == 0 ? START_OF_FRAME : 0) |
                                 (last ? END_OF_FRAME : 0));
      put16(packet + header + 1, PICTURE_ID_IS_15_BITS | (picture_id & 0x7fffu));
      memcpy(packet + header + DESCRIPTOR, body, size);
      sink(context, packet, header + DESCRIPTOR + size);
      body += size;
      left -= size;
    }
  }
}
