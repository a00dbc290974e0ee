using Plait.Processes;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Processes;

public sealed class LearnedJointsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Remember_AcrossStarts_Adds()
    {
        Assert.Empty(new LearnedJoints(_folder.Path).WithoutExtOrPort);
        new LearnedJoints(_folder.Path).Remember(["ws", "obfs3"]);
        new LearnedJoints(_folder.Path).Remember(["obfs3", "b"]);
        Assert.Equal(["b", "obfs3", "ws"], new LearnedJoints(_folder.Path).WithoutExtOrPort.Order());
    }

    [Fact]
    public void Open_LinesThatAreNoNames_AreNotTaken()
    {
        new LearnedJoints(_folder.Path).Remember(["ws"]);
        string file = Assert.Single(Directory.GetFiles(_folder.Path));
        File.AppendAllText(file, "../x\n\nno name\nobfs4\n");
        Assert.Equal(["obfs4", "ws"], new LearnedJoints(_folder.Path).WithoutExtOrPort.Order());
        File.Delete(file); // "Delete the file to make Plait look again."
        Assert.Empty(new LearnedJoints(_folder.Path).WithoutExtOrPort);
    }

    [Fact]
    public void Remember_CannotBeWritten_IsKnownForThisRun()
    {
        var joints = new LearnedJoints(_folder["not there"]);
        joints.Remember(["ws"]);
        Assert.Equal(["ws"], joints.WithoutExtOrPort);
    }

    public void Dispose() => _folder.Dispose();
}
