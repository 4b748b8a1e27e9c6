module goconc_bench_rival

go 1.19
