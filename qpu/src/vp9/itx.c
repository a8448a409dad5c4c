/* Launches VP9's itx kernels. */
typedef int none;
