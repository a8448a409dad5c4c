/* Has a local array that variables index, which becomes scratch memory: for the test that this is found. */

#version 450

layout(local_size_x = 64) in;

layout(std430, binding = 0) buffer Data { int data[]; };

void main()
{
    int a[16];
    for (int i = 0; i < 16; i++)
        a[i] = data[gl_GlobalInvocationID.x * 16u + uint(i)];
    int sum = 0;
    for (int i = 0; i < data[0]; i++) {
        a[(sum + i) & 15] ^= sum;
        sum += a[(sum >> 4) & 15];
    }
    data[gl_GlobalInvocationID.x] = sum;
}
