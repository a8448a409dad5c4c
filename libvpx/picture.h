/* Pictures whose pixels are on the device, by the number of upstream's frame buffer.
 * Upstream's own memory stays as it is until somebody is to see the pixels there: an
 * application that brought it, or a frame that the CPU decodes. */

#ifndef DAEDALUS_LIBVPX_PICTURE_H
#define DAEDALUS_LIBVPX_PICTURE_H

#include "vpx/vpx_image.h"
#include "vp9/decoder/vp9_decoder.h"

#include "qpu.h"
#include "session/slots.h"

#define VP9_QPU_MAX_DELAY 1

typedef struct Vp9QpuPicture {
    QpuFrame frame;  /* range.buf NULL: not on the device */
    QpuSlot *slot;   /* pending: its download holds the pixels, or will; NULL: none */
    int on_cpu;      /* upstream's memory has the pixels */
    uint64_t number; /* of the frame that made it, as in recover.h; 0: none did */
} Vp9QpuPicture;

/* A picture on its way to the application, or with it. Holds a reference to
 * upstream's frame buffer. */
typedef struct Vp9QpuOutput {
    int idx;         /* of the frame buffer; -1: none */
    vpx_image_t img;
    QpuFrame frame;  /* its layout */
    QpuSlot *slot;   /* of the pixels; NULL: upstream's memory has them */
    QpuHost *host;   /* what the application sees; NULL: upstream's memory */
} Vp9QpuOutput;

struct Vp9Qpu;

/* Lays frame out for a buffer's pictures; bpc 16: for residuals. */
int vp9_qpu_layout(const struct Vp9Qpu *q, const YV12_BUFFER_CONFIG *buf, int bpc, QpuFrame *frame);

/* Records a picture's download into slot, which is then pending. */
int vp9_qpu_download(struct Vp9Qpu *q, Vp9QpuPicture *pic, QpuSlot *slot);

/* The buffer is going to have another frame: forgets what it had. */
void vp9_qpu_picture_reset(struct Vp9Qpu *q, Vp9QpuPicture *pic);

/* Gives back device memory of buffers that nobody refers to. */
void vp9_qpu_picture_sweep(struct Vp9Qpu *q, const BufferPool *pool);

/* Gets a buffer's pixels into upstream's memory, from the device or without it. Returns 0 or a negative errno. */
int vp9_qpu_picture_to_cpu(VP9Decoder *pbi, int idx);

/* Drops all outputs. */
void vp9_qpu_outputs_close(struct Vp9Qpu *q, BufferPool *pool);

#endif /* DAEDALUS_LIBVPX_PICTURE_H */
