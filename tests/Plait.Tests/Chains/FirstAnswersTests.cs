using Plait.Chains;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Chains;

public class FirstAnswersTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void UnansweredSince_MoreOfTheSameDirection_IsTheFirst()
    {
        var answers = new FirstAnswers();
        Assert.Null(answers.UnansweredSince);
        _time.Advance(TimeSpan.FromSeconds(1));
        answers.Outward(_time);
        _time.Advance(TimeSpan.FromSeconds(1));
        answers.Outward(_time);
        Assert.Equal(TimeSpan.FromSeconds(1).Ticks, answers.UnansweredSince);
        Assert.False(answers.IsAnswered);
    }

    [Fact]
    public void IsAnswered_BothDirections_AtTheBeginningOfTime()
    {
        var answers = new FirstAnswers();
        answers.Inward(_time); // at timestamp 0, which means none
        Assert.Equal("what came in from the network", answers.Unanswered.ToString());
        answers.Outward(_time);
        Assert.True(answers.IsAnswered);
    }
}
