#include <string.h>

#include "rtp.h"

#define FU_A 28
#define FU_HEADER 2
#define FU_START 0x80
#define FU_END 0x40
#define NAL_IMPORTANCE_MASK 0xe0
#define NAL_TYPE_MASK 0x1f

struct Packetizer {
  struct RtpStream *stream;
  uint32_t timestamp;
  RtpSink sink;
  void *context;
};

static void send_single(const struct Packetizer *p, const struct EncodedUnit *nal, bool marker) {
  uint8_t packet[RTP_PACKET_MAX];
  size_t header = rtp_write_header(p->stream, packet, p->timestamp, marker, nal->size);
  memcpy(packet + header, nal->data, nal->size);
  p->sink(p->context, packet, header + nal->size);
}

/** Fragments of even size: a small last one would be as easily lost and carry less. */
static void send_fragments(const struct Packetizer *p, const struct EncodedUnit *nal, bool marker) {
  const uint8_t *body = nal->data + 1;
  size_t left = nal->size - 1, most = RTP_PAYLOAD_MAX - FU_HEADER;
  size_t count = (left + most - 1) / most;
  for (size_t i = 0; i < count; i++) {
    size_t size = (left + count - i - 1) / (count - i);
    bool last = i + 1 == count;
    uint8_t packet[RTP_PACKET_MAX];
    size_t header = rtp_write_header(p->stream, packet, p->timestamp, marker && last, size + FU_HEADER);
    packet[header] = (nal->data[0] & NAL_IMPORTANCE_MASK) | FU_A;
    packet[header + 1] = (uint8_t)((i == 0 ? FU_START : 0) | (last ? FU_END : 0) | (nal->data[0] & NAL_TYPE_MASK));
    memcpy(packet + header + FU_HEADER, body, size);
    p->sink(p->context, packet, header + FU_HEADER + size);
    body += size;
    left -= size;
  }
}

void rtp_packetize_h264(struct RtpStream *stream, const struct EncodedFrame *frame, uint32_t timestamp,
                        uint16_t picture_id, RtpSink sink, void *context) {
  (void)picture_id;
  struct Packetizer p = {stream, timestamp, sink, context};
  for (int i = 0; i < frame->unit_count; i++) {
    const struct EncodedUnit *nal = &frame->units[i];
    bool last = i + 1 == frame->unit_count;
    if (nal->size <= RTP_PAYLOAD_MAX)
      send_single(&p, nal, last);
    else
      send_fragments(&p, nal, last);
  }
}
