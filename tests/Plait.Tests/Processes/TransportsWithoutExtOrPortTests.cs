using Plait.Processes;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Processes;

public sealed class TransportsWithoutExtOrPortTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LogRecorder _log = new();

    [Fact]
    public void Remember_AcrossStarts_Adds()
    {
        Assert.Empty(Open(_folder.Path).WithoutExtOrPort);
        Open(_folder.Path).Remember(["ws", "obfs3"]);
        Open(_folder.Path).Remember(["obfs3", "b"]);
        Assert.Equal(["b", "obfs3", "ws"], Open(_folder.Path).WithoutExtOrPort.Order());
    }

    [Fact]
    public void Open_LinesThatAreNoNames_AreNotTaken()
    {
        Open(_folder.Path).Remember(["ws"]);
        string file = Assert.Single(Directory.GetFiles(_folder.Path));
        File.AppendAllText(file, "../x\n\nno name\nobfs4\n");
        Assert.Equal(["obfs4", "ws"], Open(_folder.Path).WithoutExtOrPort.Order());
        File.Delete(file); // "Delete the file to make Plait look again."
        Assert.Empty(Open(_folder.Path).WithoutExtOrPort);
    }

    [Fact]
    public void Remember_CannotBeWritten_IsKnownForThisRun()
    {
        var joints = Open(_folder["not there"]);
        joints.Remember(["ws"]);
        Assert.Equal(["ws"], joints.WithoutExtOrPort);
        Assert.StartsWith("Warning 112: ", Assert.Single(_log.Entries), StringComparison.Ordinal);
    }

    [Fact]
    public void Remember_DiskIsFull_WhatIsThereStays()
    {
        Open(_folder.Path).Remember(["ws"]);
        Directory.CreateDirectory(_folder["server.orport.new"]); // cannot be written
        Open(_folder.Path).Remember(["obfs3"]);
        Assert.Equal(["ws"], Open(_folder.Path).WithoutExtOrPort);
    }

    public void Dispose() => _folder.Dispose();

    private TransportsWithoutExtOrPort Open(string directory) => new(directory, _log);
}
