module github.com/proboscis/ml_nexus_go

go 1.26
