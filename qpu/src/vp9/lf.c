/* Launches VP9's lf kernels. */
typedef int none;
