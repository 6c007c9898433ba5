#include <string.h>

#include "bytes.h"
#include "rtp.h"

/** Aggregation header: continues an OBU, is continued, how many OBUs, begins a coded video sequence. */
#define AGGREGATION 1
#define CONTINUES 0x80
#define IS_CONTINUED 0x40
#define COUNT_SHIFT 4
#define COUNT_MAX 3
#define NEW_SEQUENCE 0x08

/** A length of up to 2^14 - 1 takes two bytes (LEB128); no packet is longer. */
#define LENGTH_MAX 2

#define MOST (RTP_PAYLOAD_MAX - RTP_DESCRIPTOR_EXTENSION - AGGREGATION)

/** Dependency descriptor: what every packet says, and the two templates, of key frames and of those that need the one before. */
#define FIRST_OF_FRAME 0x80
#define LAST_OF_FRAME 0x40
#define TEMPLATE_KEY 0
#define TEMPLATE_DELTA 1

/**
 * In bits, after the mandatory 24: structure present, four flags that are not; template ids from 0, one decode target; two
 * templates of one layer; both of them switch it; no difference, and a difference of one; no chains; no resolutions.
 */
static const uint8_t structure[] = {0x80, 0x00, 0x3a, 0x40, 0x00};

struct Reader {
  const struct EncodedFrame *frame;
  int unit;
  size_t offset;
};

static size_t left_in(const struct Reader *r) {
  size_t left = 0;
  for (int i = r->unit; i < r->frame->unit_count; i++) left += r->frame->units[i].size + LENGTH_MAX;
  return left - r->offset;
}

static size_t write_length(uint8_t *to, size_t value) {
  if (value < 0x80) {
    to[0] = (uint8_t)value;
    return 1;
  }
  to[0] = (uint8_t)(value | 0x80);
  to[1] = (uint8_t)(value >> 7);
  return 2;
}

/** Fills a payload of at most `room` bytes behind its aggregation header. @return its size. */
static size_t fill(struct Reader *r, uint8_t *payload, size_t room) {
  uint8_t flags = (uint8_t)((r->offset ? CONTINUES : 0) | (r->frame->key && !r->unit && !r->offset ? NEW_SEQUENCE : 0));
  size_t size = AGGREGATION, end = AGGREGATION + room;
  int count = 0;
  while (r->unit < r->frame->unit_count && count < COUNT_MAX) {
    const struct EncodedUnit *unit = &r->frame->units[r->unit];
    size_t left = unit->size - r->offset;
    /* Another one follows it here only if it fits whole, and a byte of the other. */
    bool followed = r->unit + 1 < r->frame->unit_count && count + 1 < COUNT_MAX && size + LENGTH_MAX + left < end;
    size_t taken = followed || left <= end - size ? left : end - size;
    if (followed) size += write_length(payload + size, left);
    memcpy(payload + size, unit->data + r->offset, taken);
    size += taken;
    count++;
    r->offset += taken;
    if (r->offset < unit->size) flags |= IS_CONTINUED;
    if (r->offset == unit->size) {
      r->unit++;
      r->offset = 0;
    }
    if (!followed) break;
  }
  payload[0] = (uint8_t)(flags | count << COUNT_SHIFT);
  return size;
}

static void describe(struct RtpStream *stream, bool first, bool last, bool key, uint16_t frame_number) {
  stream->descriptor[0] = (uint8_t)((first ? FIRST_OF_FRAME : 0) | (last ? LAST_OF_FRAME : 0) |
                                    (key ? TEMPLATE_KEY : TEMPLATE_DELTA));
  put16(stream->descriptor + 1, frame_number);
  stream->descriptor_size = 3;
  if (!first || !key) return;
  memcpy(stream->descriptor + 3, structure, sizeof structure);
  stream->descriptor_size += sizeof structure;
}

void rtp_packetize_av1(struct RtpStream *stream, const struct EncodedFrame *frame, uint32_t timestamp,
                       uint16_t picture_id, RtpSink sink, void *context) {
  struct Reader reader = {.frame = frame};
  while (reader.unit < frame->unit_count) {
    /* Of even size, as with the other codecs. */
    size_t left = left_in(&reader), count = (left + MOST - 1) / MOST, room = (left + count - 1) / count;
    bool first = reader.unit == 0 && reader.offset == 0;
    uint8_t payload[AGGREGATION + MOST], packet[RTP_PACKET_MAX];
    size_t size = fill(&reader, payload, room);
    bool last = reader.unit == frame->unit_count;
    describe(stream, first, last, frame->key, picture_id);
    size_t header = rtp_write_header(stream, packet, timestamp, last, size);
    memcpy(packet + header, payload, size);
    sink(context, packet, header + size);
  }
}
