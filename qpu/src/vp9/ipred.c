/* Launches VP9's ipred kernels. */
typedef int none;
