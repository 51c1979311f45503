"""English words of thanks, of relief and of trouble."""

from chatdesk.lifecycle.reading.words import Language

ENGLISH = Language(
    name="en",
    thanks="""
        thanks, thank you, thank u, thankyou, thank, thx, thnx, tnx, thks, thanx, ty, tysm, tyvm,
        cheers, much appreciated, appreciated, appreciate it, appreciate your help, appreciate the
        help, appreciate that, i appreciate, bless you, thanks again, again thanks, thank you again,
        many thanks, kudos
    """,
    good="""
        ok, okay, okey, okie, oki, okay dokey, k, kk, alright, aight, fine, good, great, perfect,
        perfectly, brilliant, awesome, excellent, fantastic, wonderful, amazing, cool, lovely, nice,
        superb, splendid, neat, sweet, super, terrific, marvellous, fabulous, top, works, worked,
        working, does work, do work, running, works again, working again, running again, back
        online, up again, up and running, back up, back to normal, back in business, fixed,
        resolved, solved, sorted, done, settled, all set, all clear, confirmed, confirm, i can
        confirm, can confirm, yes, yep, yeah, yup, ya, yess, sure, sure thing, absolutely,
        definitely, exactly, correct, right, indeed, of course, got it, gotcha, noted, understood,
        roger, will do that, sounds good, looks good, lgtm, makes sense, fair enough, agreed, that
        did it, that did the trick, did the trick, does the trick, did it, does it, that was it,
        that was all, that is all, that's all, thats all, that's it, thats it, helped, that helps,
        helpful, really helps, like a charm, like a dream, like new, as expected, as it should, good
        to go, good to know, i can log in, can log in, i can login, i can print, i can connect, i
        can access, i can see it, i can open it, i am in, i'm in, able to log in, able to print,
        able to connect, able to access, was able to log in, no problem, no problems, no prob, np,
        no worries, no more problems, no more issues, no more errors, no more problem, no more
        trouble, no issues, no errors, no further issues, no further problems, no further questions,
        without problems, without issues, without errors, no complaints, nothing else, nothing more,
        not a problem, problem solved, problem fixed, problem is solved, problem is fixed, problem
        is gone, problem resolved, problem is resolved, problem gone, problem has been solved,
        problem has been resolved, issue solved, issue fixed, issue resolved, issue is solved, issue
        is fixed, issue is resolved, issue is gone, issue gone, issue has been resolved, error is
        gone, error gone, errors are gone, error disappeared, error has disappeared, error went
        away, problem went away, it went away, it's gone, it is gone, solved my problem, solved the
        problem, fixed the problem, fixed the issue, fixed my problem, solves my problem, solves the
        problem, please close, please close it, please close this, please close the ticket, please
        close this ticket, pls close, close it, close this, close the ticket, close this ticket, can
        close, may close, can be closed, could be closed, feel free to close, go ahead and close,
        fixed it myself, solved it myself, still works, still working, still works fine, still good,
        still fixed, looks great, looks useful, i see, good idea, great idea, good point, good tip,
        great tip, nice tip, great find, works wonders, never mind, nevermind, nvm, you rock, you're
        the best, you are the best, ur the best, the best, lifesaver, life saver, legend, hero,
        star, you rule, nice one, quick fix, happy, yay, woohoo, hooray, wow, phew, finally,
        welcome, you're welcome, pleasure, it does, as it was, as before, consider it closed,
        consider it done, consider this closed, i can see, can see, i can open, can open, i can use,
        can use, works for me, works for us, all fixed, it is back to normal, tip top
    """,
    hello="""
        hi, hello, hey, dear, good morning, good afternoon, good evening, morning, mr, mrs, ms,
        regards, best regards, kind regards, best, best wishes, warm regards, sincerely, br, rgds,
        bye, see you, mate, buddy, man, guys, folks, team, everyone, everybody, all, sir, madam
    """,
    small="""
        a, an, the, this, that, these, it, it's, its, is, was, are, am, be, been, has, have, i, i'm,
        i've, we, we're, me, my, us, our, you, your, u, they, he, she, also, pretty, so, so much,
        very, very much, much, many, a lot, lots, a bunch, a million, a ton, tons, ton, loads,
        bunch, really, truly, just, now, right now, already, today, at last, for your help, for the
        help, for your support, for the support, for your quick help, for the quick help, for your
        time, for your patience, for helping, for fixing, for fixing it, for fixing this, for
        solving, for sorting, for your effort, for your efforts, for your quick response, for the
        quick response, for your reply, for the quick reply, for the fast reply, for the info, for
        the information, for letting me know, for clarifying, for explaining, for the explanation,
        for looking into it, for looking into this, for looking at this, for the clarification, for
        the advice, for the tip, for the link, for the pointer, for the recommendation, for the
        update, for the heads up, for that, for this, for everything, for all, for all your help,
        for me, for us, on my side, on my end, from my side, here, help, quick, quickly, fast,
        prompt, promptly, speedy, assistance, anyway, anyways, too, as well, also for, ticket, case,
        request, everything, everything is, all of it, both, here too, with, and, oh, ah, whoa, aha,
        ooh, haha, lol, xd, well, way, to, of, in, at, have a nice day, have a good day, have a
        great day, have a nice weekend, have a good weekend, have a great weekend, nice day, good
        day, nice weekend, great weekend, happy weekend, good one, service, support, work, job,
        kindly, later guys, since then, completely, totally, smoothly, properly, correctly, fully,
        nicely, beautifully, for sorting it, for sorting this, for sorting it out, for sorting this
        out, for fixing that, for resolving, for resolving it, for resolving this, for taking care
        of it, for taking care of this, for looking after this, for your assistance, for the
        assistance, for the fix, for the quick fix, for the fast response, for getting back to me,
        once more
    """,
    trouble="""
        broken, broke, breaks, break*, error*, fail*, problem*, issue*, crash*, bug*, wrong,
        missing, lost, stuck, freez*, frozen, hang*, slow*, down, drop*, reject*, refus*, denied,
        unable, impossible, useless, does not work, doesn't work, doesnt work, not working, not
        work, did not work, didn't work, don't work, isn't working, isnt working, won't work, not
        fixed, not solved, not resolved, worse, worst, same, again and again, it happened again,
        happened, happens, happening, keeps, recur*, returned, is back, are back, came back, comes
        back, back again, down again, another, instead, sometimes, intermittent*, occasionally,
        nothing works, nothing else works, nothing more works, it's back, nothing changed, no
        change, unchanged, unresolved, unsolved, unfixed, unfortunately, sadly, reopen, re open,
        open again, except, complain*, wait*, black, blank, please, pls, plz, can you, could you,
        would you, will you, can someone, could someone, can we, could we, can i, could i, may i,
        need, needs, i want, i would like, i'd like, also need, one more thing, another thing,
        further, next time, sorry, trouble*, timeout*, timed out, disconnect*, expired, locked out,
        blocked, access denied, invalid, for nothing, as if, yesterday, used to, no longer, anymore,
        any more, wish, annoy*, disappoint*, ridiculous, terrible, awful, bad, poor, unacceptable,
        angry, joke, help me, only works, only work, works only, only if, stops working, stopped
        working, flicker*, nobody, no one
    """,
    negation="""
        no, not, still, nope, nah, never, nothing, none, neither, nor, without, don't, dont,
        doesn't, doesnt, didn't, didnt, isn't, isnt, aren't, arent, wasn't, wasnt, weren't, can't,
        cant, cannot, couldn't, couldnt, won't, wont, wouldn't, wouldnt, haven't, havent, hasn't,
        hasnt, hadn't, shouldn't, ain't
    """,
    unsettled="""
        will, i'll, ill, gonna, going to, try, trying, tried, test, tested, testing, check,
        checking, see, look, looking, later, tomorrow, soon, tonight, monday, tuesday, wednesday,
        thursday, friday, next week, next time i, when, once, if, until, till, yet, sure yet, not
        sure, unsure, maybe, perhaps, probably, possibly, guess, think, hope*, seem*, appear*,
        should, might, would, so far, for now, at the moment, let you know, keep you posted, out of
        office, on vacation, on holiday, get back, wait and see, to be seen, fingers crossed, yes
        please, was working, were working, had been working, yeah right, just great, oh great, done
        with this, here it is, here is, here are, ^is it, ^is this, ^is that, ^is the, ^is my, ^are
        you, ^are we, ^are the, ^are they, ^was it, ^was that, ^was this, ^has it, ^has this, ^has
        that, ^has the, ^have you, ^have the, ^did it work, ^did that, ^did this, ^did you, ^do i,
        ^do you, ^do we, ^does it, ^does this, ^does that, ^does the, ^am i, how, why, what, which,
        who, where
    """,
    but="but, however, though, although, except that, only that, yet again, whereas, nevertheless",
)
