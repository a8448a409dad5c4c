/* Launches VP9's mc kernels. */
typedef int none;
