/* conv2d in C as a program that nn-conformance can judge, without a library. See docs/protocol.md.
 *
 *     cc -O2 -o my_conv conv2d.c
 *     nn-conformance run --command ./my_conv conv2d
 *
 * It offers float32, with stride and padding as one number each, and no other parameter. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An array of at most four axes; those that it does not have count 1. */
typedef struct { int rank; long size[4]; const float *numbers; } Array;

typedef struct {
    long number, stride, padding, arrays, offered;
    Array array[3];
    float *numbers; /* of all arrays, one after the other */
} Call;

static float element(const Array *a, long i, long j, long k, long l) {
    return a->numbers[((i * a->size[1] + j) * a->size[2] + k) * a->size[3] + l];
}

/* One element of the result: the window of x at (top, left), times the kernel of one channel. */
static float window(const Array *x, const Array *weight, long n, long out, long top, long left) {
    float sum = 0;
    for (long c = 0; c < weight->size[1]; c++)
        for (long i = 0; i < weight->size[2]; i++)
            for (long j = 0; j < weight->size[3]; j++) {
                long row = top + i, column = left + j;
                if (row >= 0 && row < x->size[2] && column >= 0 && column < x->size[3])
                    sum += element(x, n, c, row, column) * element(weight, out, c, i, j);
            }
    return sum;
}

static void answer(const Call *call) {
    const Array *x = &call->array[0], *weight = &call->array[1], *bias = &call->array[2];
    long s = call->stride, p = call->padding, images = x->size[0], outs = weight->size[0];
    long rows = x->size[2] + 2 * p - weight->size[2];
    long columns = x->size[3] + 2 * p - weight->size[3];
    int fits = x->rank == 4 && weight->rank == 4 && bias->rank == 1 && rows >= 0 && columns >= 0;
    fits = fits && s > 0 && p >= 0 && x->size[1] == weight->size[1] && bias->size[0] == outs;
    if (!call->offered) {
        printf("not-offered %ld\nmessage stride and padding only\nend 0\n", call->number);
    } else if (!fits) {
        printf("raised %ld\nkind ValueError\nmessage shapes do not fit\nend 0\n", call->number);
    } else {
        long height = rows / s + 1, width = columns / s + 1;
        printf("returned %ld\narray float32 4 %ld %ld ", call->number, images, outs);
        printf("%ld %ld\nend %ld\n", height, width, images * outs * height * width * 4);
        for (long k = 0; k < images * outs * height * width; k++) {
            long j = k % width, i = k / width % height, out = k / width / height % outs;
            float sum = window(x, weight, k / width / height / outs, out, i * s - p, j * s - p);
            sum += bias->numbers[out];
            fwrite(&sum, sizeof sum, 1, stdout);
        }
    }
}

/* Read the lines of a call that come after its first, and its numbers. */
static void read_call(Call *call) {
    char line[65536], name[64], kind[16];
    long bytes = 0, value, offset = 0;
    while (fgets(line, sizeof line, stdin) && sscanf(line, "end %ld", &bytes) != 1) {
        if (strncmp(line, "array ", 6) == 0 && call->arrays < 3) {
            Array *a = &call->array[call->arrays++];
            *a = (Array){0, {1, 1, 1, 1}, NULL};
            sscanf(line, "array float32 %d %ld %ld %ld %ld", &a->rank, &a->size[0], &a->size[1],
                   &a->size[2], &a->size[3]);
        } else if (sscanf(line, "parameter %63s %15s %ld", name, kind, &value) >= 2) {
            if (strcmp(kind, "int") != 0) call->offered = 0;
            else if (strcmp(name, "stride") == 0) call->stride = value;
            else if (strcmp(name, "padding") == 0) call->padding = value;
            else if (value != 1) call->offered = 0; /* dilation and groups are 1 */
        }
    }
    call->numbers = malloc(bytes + 1);
    if (fread(call->numbers, 1, bytes, stdin) < (size_t)bytes) exit(1);
    for (long i = 0; i < call->arrays; i++) {
        const long *size = call->array[i].size;
        call->array[i].numbers = call->numbers + offset;
        offset += size[0] * size[1] * size[2] * size[3];
    }
}

int main(void) {
    char line[64]; /* the first line of a request */
    while (fgets(line, sizeof line, stdin)) {
        Call call = {.stride = 1, .offered = 1};
        read_call(&call);
        if (sscanf(line, "call %ld", &call.number) == 1) answer(&call);
        else printf("hello 1\ndtype float32\nfunction conv2d\nend 0\n");
        fflush(stdout);
        free(call.numbers);
    }
    return 0;
}
