/* The benchmark's fit as a user of C would write it: a Normal, Adam, weights that are means.

   One function a loss. Each records mu, sigma and the loss before every step and after the last one.
   The loop over the points is one that compilers vectorise; exp is the C library's. */

#include <math.h>

typedef struct { double m, v; } moments;

static double adam(double theta, double g, double lr, int t, moments *s)
{
    s->m = 0.9 * s->m + 0.1 * g;
    s->v = 0.999 * s->v + 0.001 * g * g;
    return theta - lr * (s->m / (1 - pow(0.9, t))) / (sqrt(s->v / (1 - pow(0.999, t))) + 1e-8);
}

/* POINT sets f, the term of the loss, and g, its derivative by log q, from p, log_p, q and log_q. */
#define FIT(name, POINT)                                                                               \
    void name(int n, const double *restrict x, const double *restrict ps, const double *restrict logs, \
              double mu, double sigma, double lr, int steps,                                           \
              double *restrict mus, double *restrict sigmas, double *restrict losses)                  \
    {                                                                                                  \
        moments of_mu = {0, 0}, of_sigma = {0, 0};                                                     \
        for (int t = 0; t <= steps; t++) {                                                             \
            double c = log(sigma) + 0.5 * log(2 * M_PI), sum = 0, d_mu = 0, d_sigma = 0;               \
            for (int i = 0; i < n; i++) {                                                              \
                double z = (x[i] - mu) / sigma, p = ps[i], log_p = logs[i], f, g;                      \
                double log_q = -0.5 * z * z - c, q = exp(log_q);                                       \
                (void)p, (void)log_p, (void)q;                                                         \
                POINT;                                                                                 \
                sum += f;                                                                              \
                d_mu += g * z;                                                                         \
                d_sigma += g * (z * z - 1);                                                            \
            }                                                                                          \
            mus[t] = mu, sigmas[t] = sigma, losses[t] = sum / n;                                       \
            mu = adam(mu, d_mu / (n * sigma), lr, t + 1, &of_mu);                                      \
            sigma = adam(sigma, d_sigma / (n * sigma), lr, t + 1, &of_sigma);                          \
        }                                                                                              \
    }

FIT(forward_kl, (f = p * (log_p - log_q), g = -p))
FIT(reverse_kl, (f = q * (log_q - log_p), g = f + q))
FIT(mse, (f = (q - p) * (q - p), g = 2 * (q - p) * q))
FIT(l1, (f = fabs(q - p), g = copysign(q, q - p)))

/* -S_pq / sqrt(S_qq S_pp): three sums, and a derivative of each of the two that q is in. */
void cosine(int n, const double *restrict x, const double *restrict ps, const double *restrict logs,
            double mu, double sigma, double lr, int steps,
            double *restrict mus, double *restrict sigmas, double *restrict losses)
{
    moments of_mu = {0, 0}, of_sigma = {0, 0};
    double pp = 0;
    (void)logs;
    for (int i = 0; i < n; i++)
        pp += ps[i] * ps[i];
    for (int t = 0; t <= steps; t++) {
        double c = log(sigma) + 0.5 * log(2 * M_PI);
        double pq = 0, qq = 0, pq_mu = 0, qq_mu = 0, pq_sigma = 0, qq_sigma = 0;
        for (int i = 0; i < n; i++) {
            double z = (x[i] - mu) / sigma, q = exp(-0.5 * z * z - c);
            double a = ps[i] * q, b = q * q, z2 = z * z - 1;
            pq += a, pq_mu += a * z, pq_sigma += a * z2;
            qq += b, qq_mu += b * z, qq_sigma += b * z2;
        }
        double norms = sqrt(qq * pp), by_pq = -1 / (norms * sigma), by_qq = pq / (norms * qq * sigma);
        mus[t] = mu, sigmas[t] = sigma, losses[t] = -pq / norms;
        mu = adam(mu, by_pq * pq_mu + by_qq * qq_mu, lr, t + 1, &of_mu);
        sigma = adam(sigma, by_pq * pq_sigma + by_qq * qq_sigma, lr, t + 1, &of_sigma);
    }
}
