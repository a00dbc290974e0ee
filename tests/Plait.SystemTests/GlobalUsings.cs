global using Xunit;

// One test at a time: they count descriptors and processes, and each is a load of its own.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
